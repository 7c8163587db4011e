import { invalidParameter } from '../errors';
import {
	channels as channelRows,
	exportFormats,
	type Channel,
	type ExportFormat,
} from './channels';
import type { ValueOf } from './choices';
import type { Fields } from './json';
import { labels, type Parameter, type Params } from './labels';
import {
	checkBoolean,
	checkEnum,
	checkText,
	display,
	isEmpty,
	numberFrom,
	toNumber,
	toText,
	visible,
	wholeNumber,
} from './parameters';

/** What GPT Image Export can be asked for, and the checks of it. */

const formats = exportFormats.map(({ id }) => id);

export type Fit = ValueOf<'fit'>;
export type Position = ValueOf<'textPosition'>;

/** Red, green, blue, 0 to 255. */
export type Rgb = readonly [number, number, number];

/** Longest edge of an own size, in pixels: within what every format and viewer takes. */
export const longestEdge = 8192;
/** More is no headline; the layout is tried at several sizes. */
const longestText = 300;

export const exportWarningCodes = [
	'characters_left_out',
	'colors_reduced',
	'enlarged',
	'font_fallback',
	'format_changed',
	'low_contrast',
	'other_size',
	'overlap',
	'transparency_lost',
] as const;

/** Something to know about a file that was made all the same. */
export interface ExportWarning {
	/** For workflows to branch on; docs/troubleshooting.md explains each. */
	readonly code: (typeof exportWarningCodes)[number];
	readonly message: string;
}

export interface TextRequest {
	readonly headline: string;
	readonly subline: string;
	readonly position: Position;
	readonly color: Rgb;
	readonly panel: ValueOf<'panel'>;
	/** Undefined: black or white, whichever stands out more from the text. */
	readonly panelColor: Rgb | undefined;
}

export interface LogoRequest {
	readonly position: Position;
	/** Of the output's width, 1 to 100. */
	readonly widthPercent: number;
	/** 0 to 100. */
	readonly opacity: number;
}

export interface ExportRequest {
	readonly channels: readonly Channel[];
	readonly fit: Fit;
	readonly text: TextRequest | undefined;
	readonly logo: LogoRequest | undefined;
	/** Undefined: the input's own. */
	readonly format: ExportFormat | undefined;
	readonly maxBytes: number | undefined;
	readonly keyColor: Rgb | undefined;
	readonly aiLabel: ValueOf<'aiLabel'>;
	readonly aiBadge: ValueOf<'aiBadge'>;
	readonly allowUpscale: boolean;
}

/** The parameters of an export; collections as they are. */
export interface ExportParams extends Params {
	readonly text: Fields;
	readonly logo: Fields;
	readonly options: Fields;
}

export interface ContactSheetRequest {
	readonly columns: number;
	readonly cellWidth: number;
	readonly format: ExportFormat;
}

/** @throws invalid_parameter when it is no colour such as `#1a2b3c` */
function readColor(param: Parameter, value: unknown): Rgb {
	const digits = /^#?([\da-f]{3}|[\da-f]{6})$/i.exec(toText(value).trim())?.[1];
	if (digits === undefined) {
		throw invalidParameter(
			param,
			`'${labels[param]}' is ${display(value)}, which is not a color`,
			'Enter # and six hexadecimal digits, e.g. #1a2b3c.',
		);
	}
	const full = digits.length === 3 ? digits.replace(/./g, '$&$&') : digits;
	const number = Number.parseInt(full, 16);
	return [number >> 16, (number >> 8) & 255, number & 255];
}

const optionalColor = (param: Parameter, value: unknown): Rgb | undefined =>
	isEmpty(value) ? undefined : readColor(param, value);

/** n8n gives a list; an expression may give one text with commas. */
function readChannels({ channels, width, height }: ExportParams): Channel[] {
	const listed: readonly unknown[] = Array.isArray(channels)
		? channels
		: toText(channels).split(',');
	const ids = [...new Set(listed.map((id) => toText(id).trim()).filter((id) => id !== ''))];
	if (ids.length === 0) {
		throw invalidParameter(
			'channels',
			`'${labels.channels}' is empty`,
			`Choose one or more channels, or Custom for any other size.`,
		);
	}
	return ids.map((id) => {
		if (id === 'custom') {
			const size = {
				width: wholeNumber('width', width, 1, longestEdge),
				height: wholeNumber('height', height, 1, longestEdge),
			};
			return { id, name: 'Custom', size, source: '', checked: '' };
		}
		const row = channelRows.find((channel) => channel.id === id);
		if (row) return row;
		throw invalidParameter(
			'channels',
			`'${labels.channels}' has "${display(id)}", which is not a channel of this node`,
			`Use custom with '${labels.width}' and '${labels.height}', or one of ${channelRows.map((channel) => channel.id).join(', ')}.`,
		);
	});
}

function readLine(param: 'headline' | 'subline', value: unknown): string {
	// One form per letter, as fonts have them; tabs and odd line ends are spaces and line ends.
	const line = checkText(param, value)
		.slice(0, longestText * 4)
		.normalize('NFC')
		.replace(/\r\n?|[\u2028\u2029]/g, '\n')
		.replace(/[^\S\n]+/g, ' ')
		.replace(/(?!\n)\p{Cc}|\p{Cs}/gu, '')
		.trim();
	if (line.length <= longestText) return visible(line) && line;
	throw invalidParameter(
		param,
		`'${labels[param]}' is longer than ${longestText} characters`,
		'Shorten it: long text is hard to read in an image.',
	);
}

function readText(params: ExportParams['text']): TextRequest | undefined {
	const headline = readLine('headline', params.headline);
	const subline = readLine('subline', params.subline);
	if (headline === '' && subline === '') return undefined;
	return {
		headline,
		subline,
		position: checkEnum('textPosition', params.position, 'bottomLeft'),
		color: optionalColor('color', params.color) ?? [255, 255, 255],
		panel: checkEnum('panel', params.panel, 'shade'),
		panelColor: optionalColor('panelColor', params.panelColor),
	};
}

/** A percentage may have decimals. */
const readPercent = (param: Parameter, value: unknown, least: number): number =>
	numberFrom(param, value, least, 100, `It must be a number from ${least} to 100.`);

const readLogo = (params: ExportParams['logo']): LogoRequest | undefined =>
	isEmpty(params.field)
		? undefined
		: {
				position: checkEnum('logoPosition', params.position, 'topRight'),
				widthPercent: readPercent('widthPercent', params.widthPercent ?? 20, 1),
				opacity: readPercent('opacity', params.opacity ?? 100, 0),
			};

/** 0 and empty mean no limit of one's own. 1 kB is 1,000 bytes. */
function readMaxBytes(value: unknown): number | undefined {
	if (isEmpty(value) || toNumber(value) === 0) return undefined;
	const advice =
		'It must be a number from 1 to 1,000,000; 0 means only the limit of the channel applies.';
	return Math.floor(numberFrom('maxKilobytes', value, 1, 1_000_000, advice) * 1000);
}

const readFormat = (value: unknown): ExportFormat | undefined =>
	isEmpty(value) || value === 'input'
		? undefined
		: checkEnum('outputFormat', value, undefined, { by: 'This node', values: formats });

/** @throws invalid_parameter naming the parameter and what is allowed */
export function checkExport(params: ExportParams): ExportRequest {
	const { options } = params;
	const format = readFormat(options.outputFormat);
	const keyColor = optionalColor('keyColor', options.keyColor);
	if (keyColor && format === 'jpeg') {
		throw invalidParameter(
			'keyColor',
			`'${labels.keyColor}' makes pixels transparent, and JPEG has no transparency`,
			`Choose PNG, WebP or AVIF in '${labels.outputFormat}'.`,
		);
	}
	return {
		channels: readChannels(params),
		fit: checkEnum('fit', params.fit, 'subject'),
		text: readText(params.text),
		logo: readLogo(params.logo),
		format,
		maxBytes: readMaxBytes(options.maxKilobytes),
		keyColor,
		aiLabel: checkEnum('aiLabel', options.aiLabel, 'auto'),
		aiBadge: checkEnum('aiBadge', options.aiBadge, 'none'),
		allowUpscale: checkBoolean('allowUpscale', options.allowUpscale, false),
	};
}

/** @throws invalid_parameter naming the parameter and what is allowed */
export function checkContactSheet(params: Params): ContactSheetRequest {
	return {
		columns: wholeNumber('columns', params.columns ?? 3, 1, 12),
		cellWidth: wholeNumber('cellWidth', params.cellWidth ?? 480, 64, 1024),
		format: readFormat(params.outputFormat) ?? 'jpeg',
	};
}
