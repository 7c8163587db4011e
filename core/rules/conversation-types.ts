/** The shapes of a checked conversation turn. */

import type { ValueOf } from './choices';
import type { Quality, ReasoningEffort } from './model-types';
import type { InputFile, InputImage } from './request-types';

export type Continuation =
	| { readonly kind: 'new' }
	| { readonly kind: 'response'; readonly responseId: string }
	| {
			readonly kind: 'session';
			readonly sessionKey: string;
			/** Forget the session's earlier turns first. */
			readonly reset: boolean;
	  };

/** The conversation's side of a turn after the checks; the image's side is an ImageRequest. */
export interface Turn {
	/** The mainline model, as sent to the API. */
	readonly chatModel: string;
	readonly from: Continuation;
	readonly action: ValueOf<'action'>;
	readonly instructions: string | undefined;
	readonly reasoningEffort: ReasoningEffort | undefined;
	/** The most that the chat model may write, reasoning included. */
	readonly maxOutputTokens?: number | undefined;
	readonly webSearch: boolean;
	/** An earlier image of OpenAI's, put into the input by its id. */
	readonly imageCallId: string | undefined;
	/** Whether to restart a conversation that OpenAI no longer has from its last image. */
	readonly restartWhenLost: boolean;
	/** Ordered: OpenAI works on it in the background, and it is collected later. */
	readonly background: boolean;
	/** Set when the turn makes the image before it again, at this quality. */
	readonly finalQuality: Quality | undefined;
	readonly warnings: readonly string[];
}

export type InputDocument = InputFile;

/** Everything that a turn sends in addition to its message. */
export interface TurnInputs {
	readonly images: readonly InputImage[];
	readonly documents: readonly InputDocument[];
}
