import type {
	Background,
	Complexity,
	ImageModel,
	InputFidelity,
	Moderation,
	OutputFormat,
	Quality,
} from './model-types';

export type Operation = 'generate' | 'edit' | 'send';

/** Width and height in pixels, or the model's own choice. */
export type Size = 'auto' | { readonly width: number; readonly height: number };

/** Pixel dimensions of an input image, after its EXIF orientation was applied. */
export interface Dimensions {
	readonly width: number;
	readonly height: number;
}

/**
 * A picture wish after the checks: every value is legal for the model, nothing is left to guess.
 * It is plain data; the price, the ledger's key and the HTTP request are made from it.
 */
export interface PictureRequest {
	readonly operation: Operation;
	/** The id as sent to the API. */
	readonly model: string;
	/** The table's row; undefined for a typed id that the table does not know. */
	readonly row: ImageModel | undefined;
	readonly prompt: string;
	readonly size: Size;
	readonly quality: Quality;
	/** Images wanted, 1 to 10. */
	readonly count: number;
	readonly format: OutputFormat;
	/** 0 to 100; only with jpeg and webp. */
	readonly compression: number | undefined;
	readonly background: Background;
	readonly moderation: Moderation;
	readonly complexity: Complexity | undefined;
	/** 0 means: not streamed. */
	readonly partialImages: number;
	readonly safetyIdentifier: string | undefined;
	readonly inputFidelity: InputFidelity | undefined;
	/** What the user should know although nothing is wrong. */
	readonly warnings: readonly string[];
}

/** An input image as the API gets it: bytes that were checked, or a name the API resolves itself. */
export type InputImage =
	| {
			readonly kind: 'bytes';
			readonly bytes: Buffer;
			readonly mimeType: string;
			readonly fileName: string;
			readonly width: number;
			readonly height: number;
	  }
	| { readonly kind: 'url'; readonly url: string }
	| { readonly kind: 'fileId'; readonly fileId: string };

/** Everything an edit sends beside the PictureRequest. */
export interface EditInputs {
	readonly images: readonly InputImage[];
	/** PNG with alpha, the dimensions of the first image, transparent = edit. */
	readonly mask: Buffer | undefined;
	/** Transparent PNG over the first image. */
	readonly markup: Buffer | undefined;
}

/**
 * Tokens that one answer was billed for, as far as the API says; the parts of the contract's
 * `image.usage`. `chat` is the mainline model's share in a conversation.
 */
export interface Usage {
	readonly textInput: number;
	readonly textInputCached: number;
	readonly imageInput: number;
	readonly imageInputCached: number;
	readonly textOutput: number;
	readonly imageOutput: number;
	readonly chat?: { readonly input: number; readonly inputCached: number; readonly output: number };
}
