/** The shapes of an image request, before and after the checks, and of its inputs. */

import type { ValueOf } from './choices';
import type { Params } from './labels';
import type {
	ImageModel,
	InputFidelity,
	OutputFormat,
	Quality,
	ReasoningEffort,
} from './model-types';

export type Operation = 'generate' | 'edit' | 'send';

/** Width and height in pixels, or the model's own choice. */
export type Size = 'auto' | { readonly width: number; readonly height: number };

/** The frames of an animated GIF. */
export interface Frames {
	/** 2 to 16. */
	readonly count: number;
	/** Milliseconds each is shown; the API rounds them to 10. */
	readonly durationMs: number;
}

/** The text model that writes an SVG. */
export interface SvgAuthor {
	readonly model: string;
	readonly effort: ReasoningEffort | undefined;
}

/** Pixel dimensions of an input image, after its EXIF orientation was applied. */
export interface Dimensions {
	readonly width: number;
	readonly height: number;
}

/** An image request as the node's parameters give it. */
export interface ImageParams extends Params {
	readonly operation: Operation;
	/** The first input image, for `size: input`. */
	readonly firstImage?: Dimensions;
	/** What each input image is, in their order; sent before the prompt. */
	readonly imageLabels?: readonly string[];
	/** Warnings of expressions that gave nothing. */
	readonly missingValues?: readonly string[];
}

/**
 * An image request after the checks: every value is legal for the model, nothing is left to guess.
 * It is plain data, the source of the price, the purchase's key and the HTTP request.
 */
export interface ImageRequest {
	readonly operation: Operation;
	/** The id as sent to the API. */
	readonly model: string;
	/** The table's row; undefined for a typed id that the table does not know. */
	readonly row: ImageModel | undefined;
	/** As it is sent, with the style guide. */
	readonly prompt: string;
	/** As the user wrote it. */
	readonly ownPrompt: string;
	readonly size: Size;
	readonly quality: Quality;
	/** Images wanted, 1 to 10. */
	readonly count: number;
	readonly format: OutputFormat;
	/** 0 to 100; only with jpeg and webp. */
	readonly compression: number | undefined;
	/** Only of a GIF. */
	readonly frames?: Frames | undefined;
	/** Only of an SVG whose author was chosen. */
	readonly svg?: SvgAuthor | undefined;
	readonly background: ValueOf<'background'>;
	readonly moderation: ValueOf<'moderation'>;
	readonly complexity: ValueOf<'complexity'> | undefined;
	/** 0 means: not streamed. */
	readonly partialImages: number;
	readonly safetyIdentifier: string | undefined;
	readonly inputFidelity: InputFidelity | undefined;
	readonly warnings: readonly string[];
}

interface InputBytes {
	readonly kind: 'bytes';
	readonly bytes: Buffer;
	readonly mimeType: string;
	/** Of a document, its ending tells the API what it is. */
	readonly fileName: string;
}

/** A file as the API gets it: bytes that were checked, or a name that the API resolves itself. */
export type InputFile =
	| InputBytes
	| { readonly kind: 'url'; readonly url: string }
	| { readonly kind: 'fileId'; readonly fileId: string };
export type InputImage = (InputBytes & Dimensions) | Exclude<InputFile, InputBytes>;

/** Everything an edit sends in addition to the ImageRequest. */
export interface EditInputs {
	readonly images: readonly InputImage[];
	/** PNG with alpha, the dimensions of the first image, transparent = edit. */
	readonly mask: Buffer | undefined;
	/** Transparent PNG over the first image. */
	readonly markup: Buffer | undefined;
}
