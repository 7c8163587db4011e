/** Tokens of a prompt, counted locally. */

import { loadO200k } from './o200k';
import type { TokenRange } from './output-tokens';

let loading: ReturnType<typeof loadO200k> | undefined;

/**
 * Tokens of a prompt by o200k_base, the tokenizer of all GPT image models (two independent
 * measurements of billed prompts; fairly sure). Without the API's overhead. Loaded on first use.
 */
export async function promptTokens(text: string): Promise<TokenRange> {
	loading ??= loadO200k();
	// What failed is tried again by whoever comes next.
	loading.catch(() => (loading = undefined));
	const count = await loading;
	const tokens = count(text);
	return { min: tokens, max: tokens };
}
