import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import { turnJob } from '../../core/calls/turn';
import { systemClock } from '../../core/clock';
import type { ImageFacts } from '../../core/job';
import { Client } from '../../core/openai/client';
import { sumUsd } from '../../core/pricing/money';
import { tableCalendar } from '../../core/rules/calendar';
import { Spending } from '../../core/purchase/limits';
import { checkTurn } from '../../core/rules/conversation';
import { checkImageParams } from '../../core/rules/request';
import { run, type Result } from '../../core/run/run';
import { openStore } from '../../core/store/open';
import { startDouble } from '../../test/openai-double';
import { withText } from './markdown';

const today = tableCalendar('2026-11-20');

/**
 * Makes the transcript of docs/conversations.md: three turns of one session over three runs, through
 * the mock server. Run: node --import tsx scripts/docs/conversations.ts
 */

export const conversationsPage = path.join(__dirname, '../../docs/conversations.md');
const imagesFolder = path.join(__dirname, '../../docs/images');

const said = ['A logo for a bakery called Crumb', 'More geometric', 'Add the tagline "since 1987"'];
const imageName = (turn: number): string => `conversation-${turn}.webp`;

interface Answered {
	readonly image: ImageFacts;
	readonly bytes: Buffer;
}

async function takeTurn(baseUrl: string, folder: string, message: string): Promise<Answered> {
	const request = checkImageParams(
		{ operation: 'send', model: 'gpt-image-2', prompt: message, size: '1024x1024', quality: 'low' },
		today,
	);
	const turn = checkTurn(
		request,
		{ chatModel: 'gpt-5.4', attachments: 0, continueFrom: 'session', sessionKey: 'chat 42' },
		today,
	);
	const item = {
		workflowId: 'docs',
		nodeId: 'docs',
		executionId: message,
		itemIndex: 0,
		runIndex: 0,
	};
	const client = new Client({ apiKey: 'sk-docs', baseUrl, fetch });
	const job = turnJob(
		{
			kind: 'turn',
			requests: [request],
			leftOut: [],
			turn,
			attachments: undefined,
			standIn: undefined,
			dryRun: false,
		},
		item,
		undefined,
		{
			client: () => client,
			baseUrl,
			prices: {},
			timeoutMs: 60_000,
			moderationCheck: false,
			signal: undefined,
		},
	);
	const store = openStore({ kind: 'sqlite', folder, leaseMs: 60_000 });
	const clock = systemClock;
	const context = {
		store,
		account: 'docs',
		spending: new Spending(store, { account: 'docs', keepPrompts: true }, 'stop', clock),
		reuse: { kind: 'undelivered' },
		retry: { maxRetries: 0, retryLost: false, clock, pause: async () => undefined },
		signal: undefined,
		maxParallel: 1,
		stopOnError: true,
	} as const;
	try {
		const results: Result[] = [];
		await run([job], context, async (result) => void results.push(result));
		for (const result of results) {
			if ('error' in result) throw result.error;
			if (result.output.bytes) return result.output;
		}
	} finally {
		await store.settle(message, 'delivered');
		await store.close();
	}
	throw new Error('The double made no image');
}

const dollars = (usd: number): string => `$${usd.toFixed(5)}`;

function costOf({ cost }: ImageFacts): { chat: number; image: number; usd: number } {
	const { chat = {}, ...image } = cost.parts as { readonly chat?: object };
	const sum = (parts: object): number =>
		sumUsd(Object.values(parts).filter((usd): usd is number => typeof usd === 'number'));
	return { chat: sum(chat), image: sum(image), usd: cost.usd ?? 0 };
}

function row({ image: turnImage }: Answered): string {
	const { conversation, prompt, revisedPrompt = '', usage } = turnImage;
	const { input = 0, inputCached = 0, output = 0 } = usage?.chat ?? {};
	const { chat, image, usd } = costOf(turnImage);
	const turn = conversation?.turn ?? 0;
	return `| ${[
		turn,
		`"${prompt}"`,
		`![Turn ${turn}: the mock server's drawing, with all messages so far on it](images/${imageName(turn)})`,
		revisedPrompt,
		`${input + inputCached} in (${inputCached} cached), ${output} out: ${dollars(chat)}`,
		`${usage?.imageInput ?? 0} image in (${usage?.imageInputCached ?? 0} more cached), ${usage?.imageOutput ?? 0} image out: ${dollars(image)}`,
		`**${dollars(usd)}**`,
	].join(' | ')} |`;
}

/** @returns the transcript as a table, and the images of its turns */
export async function takeTranscript(): Promise<{ table: string; images: readonly Answered[] }> {
	const folder = mkdtempSync(path.join(tmpdir(), 'gpt-image-docs-'));
	const double = await startDouble();
	try {
		const images: Answered[] = [];
		for (const message of said) images.push(await takeTurn(double.url, folder, message));
		const total = sumUsd(images.map(({ image }) => costOf(image).usd));
		const table = [
			'| turn | your message | image | prompt by the chat model | chat model | image model | cost |',
			'| --- | --- | --- | --- | --- | --- | --- |',
			...images.map(row),
			`| | | | | | all three | **${dollars(total)}** |`,
		].join('\n');
		return { table, images };
	} finally {
		await double.close();
		rmSync(folder, { recursive: true, force: true });
	}
}

/** @returns the page with the transcript in place of the one that it has */
export const withTranscript = (page: string, table: string): string =>
	withText(page, 'transcript', table);

async function main(): Promise<void> {
	const { table, images } = await takeTranscript();
	const page = readFileSync(conversationsPage, 'utf8');
	writeFileSync(conversationsPage, withTranscript(page, table));
	for (const { bytes, image } of images) {
		const file = path.join(imagesFolder, imageName(image.conversation?.turn ?? 0));
		await sharp(bytes).resize({ width: 360 }).webp({ quality: 80 }).toFile(file);
	}
	console.log(table);
}

if (require.main === module) void main();
