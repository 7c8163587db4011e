/** The README's table of models, made from core/rules/models.ts. */

import type { ImageModel } from '../../core/rules/model-types';
import { successorText } from '../../core/rules/model';
import { imageModels } from '../../core/rules/model-table';
import { table } from './markdown';

/** Days, no tenses: the table is read on other days than it was made. */
const datesOf = (row: ImageModel): string => {
	if (row.until === undefined) return `from ${row.from ?? ''}`;
	return `until ${row.until}, then ${successorText(row)}`;
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

export const modelTable = (): string =>
	table(
		['model', 'available', 'sizes', 'qualities', 'also supports'],
		imageModels.map((row) => [
			`\`${row.id}\``,
			datesOf(row),
			...(row.otherApi ? ['', '', ''] : [sizesOf(row), row.qualities.join(', '), more(row)]),
		]),
	);
