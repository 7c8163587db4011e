import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';
import type { EditImage, EditWish, MaskWish } from '../../core/edit';
import { checkFeather, checkFileId, checkImageUrl } from '../../core/rules/edit';
import { assumedRow } from '../../core/rules/find';
import { labels } from '../../core/rules/labels';
import type { ImageModel, OutputFormat } from '../../core/rules/model-types';
import { sizeRule } from '../../core/rules/size';
import { oneOf, text } from '../../core/rules/values';
import { binaryFields, userFile } from './files';
import { readOptions } from './parameters';

/** The parameters of an edit that are about its pictures, as plain data for core/. */

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
	place: string,
): EditImage[] {
	const takesAll = parameter === 'attachments';
	return [...binaryFields(context, itemIndex)]
		.filter(([name, { mimeType }]) => (takesAll || isImage(mimeType)) && !others.has(name))
		.map(([name], index) => ({
			kind: 'file',
			file: userFile(context, itemIndex, name, parameter, place),
			// One description cannot tell several pictures apart, so it stands before the first.
			label: index === 0 ? label : '',
		}));
}

/**
 * @param parameter `images` or `attachments`
 * @param others fields that hold something else, such as the mask
 * @returns the images in the order of the list
 */
export function readImages(
	context: IExecuteFunctions,
	itemIndex: number,
	parameter: 'images' | 'attachments',
	others: ReadonlySet<string> = new Set(),
): EditImage[] {
	const entries = entriesOf(context.getNodeParameter(parameter, itemIndex, {}));
	return entries.flatMap((entry, index): EditImage[] => {
		const place = `'${labels[parameter]}' ${index + 1}`;
		const label = text(entry.label);
		switch (entry.source ?? 'field') {
			case 'allFields':
				return allFields(context, itemIndex, parameter, label, others, place);
			case 'url':
				return [{ kind: 'url', url: checkImageUrl(entry.url, place, parameter), label }];
			case 'fileId':
				return [{ kind: 'fileId', fileId: checkFileId(entry.fileId, place, parameter), label }];
			default: {
				const file = userFile(context, itemIndex, entry.field ?? 'data', parameter, place);
				return [{ kind: 'file', file, label }];
			}
		}
	});
}

function readMask(
	context: IExecuteFunctions,
	itemIndex: number,
	row: ImageModel | undefined,
	format: OutputFormat,
): MaskWish {
	const parameter = (name: string): unknown => context.getNodeParameter(name, itemIndex, null);
	const source = oneOf(
		'maskSource',
		parameter('maskSource') ?? 'none',
		['none', 'field', 'box', 'transparency', 'extend'],
		'this node',
	);
	switch (source) {
		case 'field':
			return {
				source,
				file: userFile(
					context,
					itemIndex,
					parameter('maskField'),
					'maskField',
					`'${labels.maskField}'`,
				),
				meaning: oneOf(
					'maskMeaning',
					parameter('maskMeaning') ?? 'auto',
					['auto', 'alpha', 'whiteIsEdited', 'blackIsEdited'],
					'this node',
				),
			};
		case 'box': {
			const box = {
				x: Number(parameter('boxX')),
				y: Number(parameter('boxY')),
				width: Number(parameter('boxWidth')),
				height: Number(parameter('boxHeight')),
			};
			return { source, box };
		}
		case 'extend': {
			return {
				source,
				ratio: text(parameter('extendRatio')),
				anchor: oneOf(
					'extendAnchor',
					parameter('extendAnchor') ?? 'center',
					['center', 'left', 'right', 'top', 'bottom'],
					'this node',
				),
				rule: sizeRule(assumedRow(row), format),
			};
		}
		default:
			return { source };
	}
}

/**
 * @param row the model's row, whose rules the inputs must meet
 * @param format what the answer will be
 * @param parameter the list of the images
 */
export function readEditWish(
	context: IExecuteFunctions,
	itemIndex: number,
	row: ImageModel | undefined,
	format: OutputFormat,
	parameter: 'images' | 'attachments' = 'images',
): EditWish {
	const options = readOptions(context, itemIndex);
	const mask = readMask(context, itemIndex, row, format);
	const markupField = options.markupField;
	const hasMarkup = markupField !== undefined && markupField !== '';
	const others = new Set(
		[context.getNodeParameter('maskField', itemIndex, ''), markupField].map(text),
	);
	const isKept = context.getNodeParameter('keepOutsideMask', itemIndex, true) === true;
	return {
		row,
		format,
		images: readImages(context, itemIndex, parameter, others),
		mask,
		keepOutside: isKept
			? { feather: checkFeather(context.getNodeParameter('feather', itemIndex, 8)) }
			: undefined,
		markup: hasMarkup
			? userFile(context, itemIndex, markupField, 'markupField', `'${labels.markupField}'`)
			: undefined,
		shrink: options.shrinkInputs === true,
		asJson: (options.moderation ?? 'auto') !== 'auto',
	};
}
