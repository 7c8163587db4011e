import type { ImageModel } from '../../core/rules/model-types';
import { imageModels } from '../../core/rules/models';

/** The README's table of models, made from core/rules/models.ts. */

const statusOf = (row: ImageModel): string => {
	if (row.status === 'live') return 'live';
	const successor = row.successor ? `: use ${row.successor}` : '';
	return row.status === 'retired'
		? `shut down ${row.stopsOn ?? ''}${successor}`
		: `stops ${row.stopsOn ?? ''}${successor}`;
};

const sizesOf = ({ sizes }: ImageModel): string =>
	sizes.rule === 'fixed'
		? sizes.sizes.join(', ')
		: `any, edges divisible by ${sizes.multipleOf}, up to ${sizes.longestEdge} px, ${sizes.longestRatio}:1`;

const more = (row: ImageModel): string =>
	[
		row.formats.includes('svg') ? 'SVG, GIF' : '',
		row.complexities.length > 0 ? 'complexity' : '',
		row.markup ? 'markup' : '',
		row.inputFidelities.length > 0 ? 'input fidelity' : '',
		row.transparentCaution ? 'transparency as a preview' : 'transparency',
	]
		.filter((word) => word !== '')
		.join(', ');

export function modelTable(): string {
	const rows = imageModels.map((row) =>
		row.status === 'retired'
			? `| \`${row.id}\` | ${statusOf(row)} | | | |`
			: `| \`${row.id}\` | ${statusOf(row)} | ${sizesOf(row)} | ${row.qualities.join(', ')} | ${more(row)} |`,
	);
	return [
		'| model | status | sizes | qualities | also takes |',
		'| --- | --- | --- | --- | --- |',
		...rows,
	].join('\n');
}
