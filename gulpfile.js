const { dest, parallel, src } = require('gulp');

/** What is read beside the built files: dist/ keeps the depth of the source. */
const copy = (pattern, folder) => () =>
	src(pattern, { encoding: false }).pipe(dest(`dist/${folder}`));

exports.default = parallel(
	copy('icons/**/*.svg', 'icons'),
	copy('core/pixels/fonts/*', 'core/pixels/fonts'),
	copy('nodes/**/__schema__/**/*.json', 'nodes'),
	copy('core/pricing/o200k_base.*', 'core/pricing'),
);
