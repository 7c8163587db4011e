import { invalidRequest, modelNotFound } from './errors';

/**
 * The double's own reading of what each image model takes. It is kept apart from the package's
 * table on purpose: a wrong row there must meet a refusal here.
 */
export interface ImageModel {
	id: string;
	family: '1-mini' | '1.5' | '2' | '2.5' | '2.6';
	/** Any WIDTHxHEIGHT within limits; otherwise three fixed sizes. */
	freeSizes: boolean;
	qualities: readonly string[];
	formats: readonly string[];
	/** Accepted values of input_fidelity; none means that sending it is an error. */
	inputFidelity: readonly string[];
	complexity: boolean;
	markup: boolean;
	/** Day on which the model stops, YYYY-MM-DD. */
	shutdownDate: string | null;
	/** Bills reasoning text on top of the image. */
	textOutput: boolean;
}

const threeQualities = ['low', 'medium', 'high', 'auto'];
const fiveQualities = ['low', 'medium', 'high', 'xhigh', 'max', 'auto'];
const stillFormats = ['png', 'jpeg', 'webp'];
const lastDayOfLegacy = '2026-12-01';

const families: Record<ImageModel['family'], Omit<ImageModel, 'id' | 'family'>> = {
	'2.6': {
		freeSizes: true,
		qualities: fiveQualities,
		formats: [...stillFormats, 'gif', 'svg'],
		inputFidelity: [],
		complexity: true,
		markup: true,
		shutdownDate: null,
		textOutput: false,
	},
	'2.5': {
		freeSizes: true,
		qualities: fiveQualities,
		formats: stillFormats,
		inputFidelity: [],
		complexity: false,
		markup: true,
		shutdownDate: null,
		textOutput: false,
	},
	'2': {
		freeSizes: true,
		qualities: threeQualities,
		formats: stillFormats,
		inputFidelity: [],
		complexity: false,
		markup: false,
		shutdownDate: null,
		textOutput: false,
	},
	'1.5': {
		freeSizes: false,
		qualities: threeQualities,
		formats: stillFormats,
		inputFidelity: ['low', 'high'],
		complexity: false,
		markup: false,
		shutdownDate: lastDayOfLegacy,
		textOutput: true,
	},
	'1-mini': {
		freeSizes: false,
		qualities: threeQualities,
		formats: stillFormats,
		inputFidelity: ['low'],
		complexity: false,
		markup: false,
		shutdownDate: lastDayOfLegacy,
		textOutput: false,
	},
};

const familyOf: Record<string, ImageModel['family']> = {
	'gpt-image-2.6-sunburst': '2.6',
	'gpt-image-2.6-flare': '2.6',
	'gpt-image-2.5-sunburst': '2.5',
	'gpt-image-2.5-sunburst-2026-09-08': '2.5',
	'gpt-image-2.5-flare': '2.5',
	'gpt-image-2.5-flare-2026-09-08': '2.5',
	'gpt-image-2': '2',
	'gpt-image-2-2026-04-21': '2',
	'gpt-image-1.5': '1.5',
	'gpt-image-1.5-2025-12-16': '1.5',
	'chatgpt-image-latest': '1.5',
	'gpt-image-1-mini': '1-mini',
};

/** Mainline models that can hold a conversation and call the image tool. */
export const chatModels: readonly string[] = [
	'gpt-6.2-sol',
	'gpt-6.2-astra',
	'gpt-6-astra',
	'gpt-6.1-sol',
	'gpt-6.1-terra',
	'gpt-6-sol',
	'gpt-6-luna',
	'gpt-5.6',
	'gpt-5.6-sol',
	'gpt-5.6-terra',
	'gpt-5.6-luna',
	'gpt-5.5',
	'gpt-5.4',
	'gpt-5.4-mini',
	'gpt-5.4-nano',
	'gpt-5.1',
	'gpt-5',
	'gpt-5-mini',
	'gpt-5-nano',
	'gpt-4.1',
	'gpt-4.1-mini',
	'gpt-4o',
	'gpt-4o-mini',
];

export const otherModels: readonly string[] = [
	'omni-moderation-latest',
	'text-embedding-3-small',
	'whisper-1',
];

const shutdownOfChat: Record<string, string> = {
	'gpt-5': '2026-12-11',
	'gpt-5-mini': '2026-12-11',
	'gpt-5-nano': '2026-12-11',
	'gpt-4.1': '2027-01-14',
	'gpt-4.1-mini': '2027-01-14',
	'gpt-4o': '2027-01-14',
	'gpt-4o-mini': '2027-01-14',
	'gpt-5.1': '2027-04-01',
	'gpt-5.4-nano': '2027-04-01',
};

export const imageModelIds: readonly string[] = Object.keys(familyOf);

export function findImageModel(id: string): ImageModel | undefined {
	const family = familyOf[id];
	return family && { id, family, ...families[family] };
}

/** The image model of a request; retired and unknown names are 404, text models are refused. */
export function imageModel(id: string, unavailable: readonly string[]): ImageModel {
	const model = unavailable.includes(id) ? undefined : findImageModel(id);
	if (model) return model;
	if (chatModels.includes(id) || otherModels.includes(id)) {
		throw invalidRequest(
			`Invalid value: '${id}'. Value must be an image model.`,
			'model',
			'invalid_value',
		);
	}
	throw modelNotFound(id);
}

export function shutdownDate(id: string): string | null {
	return findImageModel(id)?.shutdownDate ?? shutdownOfChat[id] ?? null;
}
