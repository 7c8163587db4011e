const { dest, src } = require('gulp');

/** n8n resolves icons relative to the built files, so dist/ keeps the same depth as the source. */
function icons() {
	return src('icons/**/*.svg', { encoding: false }).pipe(dest('dist/icons'));
}

exports.default = icons;
