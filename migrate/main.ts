#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { messageOf } from '../core/errors';
import { utcDay } from '../core/rules/calendar';
import { reportOf } from './report';
import { migrate, type Migration } from './workflow';

const help = `Usage: gpt-image-migrate workflow.json > new.json

Reads workflows that n8n has exported (a file, or standard input), replaces n8n's own OpenAI image
nodes with GPT Image, and models that OpenAI retires with their successors, and writes the result to
standard output. A report on standard error says what was changed and what to check. The file itself
is not changed.
`;

const notJson = (error: unknown): Error =>
	new TypeError(`This is not JSON: ${messageOf(error)}`, { cause: error });

function parse(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch (error) {
		throw notJson(error);
	}
}

function main(args: readonly string[]): void {
	const [file, ...more] = args;
	if (file === '--help' || file === '-h') {
		process.stdout.write(help);
		return;
	}
	const waitsForTyping = file === undefined && process.stdin.isTTY;
	if (waitsForTyping || more.length > 0 || file?.startsWith('-')) throw new TypeError(help);
	// Descriptor 0 is the standard input. Windows puts a byte order mark before what it saves.
	const exported = parse(readFileSync(file ?? 0, 'utf8').replace(/^\uFEFF/, ''));
	// `n8n export:workflow --all` writes a list.
	const today = utcDay(new Date());
	const migrations: Migration[] = Array.isArray(exported)
		? exported.map((one: unknown) => migrate(one, today))
		: [migrate(exported, today)];
	const workflows = migrations.map(({ workflow }) => workflow);
	const result = Array.isArray(exported) ? workflows : workflows[0];
	process.stdout.write(`${JSON.stringify(result, undefined, 2)}\n`);
	process.stderr.write(`${migrations.map(reportOf).join('\n\n---\n\n')}\n`);
}

try {
	main(process.argv.slice(2));
} catch (error) {
	process.stderr.write(`${messageOf(error)}\n`);
	process.exitCode = 1;
}
