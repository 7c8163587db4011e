import type { KeptTurn } from '../../../core/api/sessions';

/** A turn as it is kept, with what the test says of it. */
export const keptTurn = (responseId: string, more: Partial<KeptTurn> = {}): KeptTurn => ({
	responseId,
	askedFrom: null,
	digest: `digest of ${responseId}`,
	turn: 1,
	imageCallIds: ['ig_1'],
	at: Date.now(),
	picture: null,
	images: [{ width: 1024, height: 1024 }, null],
	chatTokens: 150,
	...more,
});
