/** The image parameters of an edit, as plain data for core/. */

import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';
import type { EditImage, EditParams, MaskParams } from '../../core/calls/prepare';
import { checkFileId, checkImageUrl } from '../../core/rules/edit';
import { assumedRow } from '../../core/rules/model';
import { labels } from '../../core/rules/labels';
import type { ChosenModel } from '../../core/rules/request';
import { sizeRule } from '../../core/rules/size';
import {
	checkBoolean,
	checkEnum,
	checkNumber,
	toNumber,
	toText,
} from '../../core/rules/parameters';
import { binaryFields, userFile } from './files';
import { readOptions } from './parameters';
import { signedFile } from './signed-url';

const isImage = (mimeType: string): boolean => mimeType.startsWith('image/');

type Entry = IDataObject & { source?: string };

function entriesOf(value: unknown): Entry[] {
	const values = (value as { values?: unknown } | null)?.values;
	return Array.isArray(values) ? (values as Entry[]) : [];
}

function allFields(
	context: IExecuteFunctions,
	itemIndex: number,
	parameter: 'images' | 'attachments',
	label: string,
	others: ReadonlySet<string>,
	fieldLabel: string,
): EditImage[] {
	const takesAll = parameter === 'attachments';
	return [...binaryFields(context, itemIndex)]
		.filter(([name, { mimeType }]) => (takesAll || isImage(mimeType)) && !others.has(name))
		.map(([name], index) => ({
			kind: 'file',
			file: userFile(context, itemIndex, name, parameter, fieldLabel),
			// One description cannot tell several images apart, so it stands before the first.
			label: index === 0 ? label : '',
		}));
}

/** @param others fields that hold something else, such as the mask */
export function readImages(
	context: IExecuteFunctions,
	itemIndex: number,
	parameter: 'images' | 'attachments',
	others: ReadonlySet<string> = new Set(),
): EditImage[] {
	const entries = entriesOf(context.getNodeParameter(parameter, itemIndex, {}));
	return entries.flatMap((entry, index): EditImage[] => {
		const fieldLabel = `'${labels[parameter]}' ${index + 1}`;
		const label = toText(entry.label);
		switch (checkEnum('source', entry.source, 'field')) {
			case 'allFields':
				return allFields(context, itemIndex, parameter, label, others, fieldLabel);
			case 'url': {
				const url = checkImageUrl(entry.url, fieldLabel, parameter);
				const file = signedFile(context, url, parameter, fieldLabel);
				return [file ? { kind: 'file', file, label } : { kind: 'url', url, label }];
			}
			case 'fileId':
				return [
					{ kind: 'fileId', fileId: checkFileId(entry.fileId, fieldLabel, parameter), label },
				];
			default: {
				const file = userFile(context, itemIndex, entry.field ?? 'data', parameter, fieldLabel);
				return [{ kind: 'file', file, label }];
			}
		}
	});
}

function readMask(
	context: IExecuteFunctions,
	itemIndex: number,
	{ row, frames }: ChosenModel,
): MaskParams {
	const parameter = (name: string): unknown => context.getNodeParameter(name, itemIndex, null);
	const source = checkEnum('maskSource', parameter('maskSource'), 'none');
	switch (source) {
		case 'field': {
			const label = `'${labels.maskField}'`;
			const file = userFile(context, itemIndex, parameter('maskField'), 'maskField', label);
			const meaning = checkEnum('maskMeaning', parameter('maskMeaning'), 'auto');
			return { source, file, meaning };
		}
		case 'box': {
			const box = {
				x: toNumber(parameter('boxX')),
				y: toNumber(parameter('boxY')),
				width: toNumber(parameter('boxWidth')),
				height: toNumber(parameter('boxHeight')),
			};
			return { source, box };
		}
		case 'extend': {
			return {
				source,
				ratio: toText(parameter('extendRatio')),
				anchor: checkEnum('extendAnchor', parameter('extendAnchor'), 'center'),
				rule: sizeRule(assumedRow(row), frames),
			};
		}
		default:
			return { source };
	}
}

/** @returns the binary fields that hold the images of an edit, or the attachments of a message */
export function sourceFields(context: IExecuteFunctions, itemIndex: number): Set<string> {
	const entries = (['images', 'attachments'] as const).flatMap((parameter) =>
		entriesOf(context.getNodeParameter(parameter, itemIndex, {})),
	);
	const sources = entries.map(({ source }) => checkEnum('source', source, 'field'));
	const named = entries.map(({ field }) => toText(field ?? 'data').trim());
	return new Set([
		...named.filter((_, index) => sources[index] === 'field'),
		...(sources.includes('allFields') ? binaryFields(context, itemIndex).keys() : []),
	]);
}

/** @param chosen the model, whose rules the inputs must meet */
export function readEditParams(
	context: IExecuteFunctions,
	itemIndex: number,
	chosen: ChosenModel,
	parameter: 'images' | 'attachments' = 'images',
): EditParams {
	const options = readOptions(context, itemIndex);
	const mask = readMask(context, itemIndex, chosen);
	const markupField = options.markupField;
	const hasMarkup = markupField !== undefined && markupField !== '';
	const others = new Set(
		[context.getNodeParameter('maskField', itemIndex, ''), markupField].map(toText),
	);
	const keep = context.getNodeParameter('keepOutsideMask', itemIndex, true);
	const isKept = checkBoolean('keepOutsideMask', keep, true);
	return {
		row: chosen.row,
		format: chosen.format,
		images: readImages(context, itemIndex, parameter, others),
		mask,
		preserveOutside: isKept
			? { feather: checkNumber('feather', context.getNodeParameter('feather', itemIndex, 8)) }
			: undefined,
		markup: hasMarkup
			? userFile(context, itemIndex, markupField, 'markupField', `'${labels.markupField}'`)
			: undefined,
		asJson: checkEnum('moderation', options.moderation, 'auto') !== 'auto',
	};
}
