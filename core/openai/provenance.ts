/** POST /content_provenance_checks: whether a file has OpenAI's marks (openai 7.59.0 types). */

import { GptImageError } from '../errors';
import { fieldsOf, isRecord, listOf, type Fields } from '../rules/json';
import type { Client } from './client';
import { formOf, type FormFile } from './form';
import { fieldsIn } from './guard';
import { underLimits, type CallOptions } from './images';
import { told } from './redact';

interface Signal {
	readonly outcome: 'detected' | 'not_detected';
	readonly model: string | null;
	/** RFC 3339. */
	readonly generatedAt: string | null;
}

/** Both look for OpenAI's marks only; without them an image may still be a model's. */
export interface Provenance {
	readonly c2pa: Signal & {
		readonly validationState: string | null;
		readonly issuer: string | null;
	};
	readonly synthid: Signal;
}

/** A check without an outcome must not pass as "not detected". */
const notChecked = (): GptImageError =>
	new GptImageError('The provenance check returned no result', {
		code: 'empty_answer',
		advice:
			"The service behind the 'Base URL' in the credential may have no provenance checks: use an OpenAI credential for them.",
		billed: 'possibly',
	});

const wordOf = (value: unknown): string | null => told(value, 200) ?? null;

function signalOf({ outcome, model, generated_at }: Fields): Signal {
	if (outcome !== 'detected' && outcome !== 'not_detected') throw notChecked();
	return { outcome, model: wordOf(model), generatedAt: wordOf(generated_at) };
}

/**
 * @param file PNG, JPEG, WebP or GIF
 * @throws GptImageError; also when one of the two results is missing
 */
export async function checkProvenance(
	client: Client,
	file: FormFile,
	options: CallOptions,
): Promise<Provenance> {
	const { results } = await underLimits('content provenance', options, async (signal) =>
		fieldsIn(await client.post('/content_provenance_checks', formOf({ file }), signal), client),
	);
	const found = (type: string): Fields =>
		fieldsOf(listOf(results).find((one) => isRecord(one) && one.type === type));
	const c2pa = found('c2pa');
	return {
		c2pa: {
			...signalOf(c2pa),
			validationState: wordOf(c2pa.validation_state),
			issuer: wordOf(c2pa.issuer),
		},
		synthid: signalOf(found('synthid')),
	};
}
