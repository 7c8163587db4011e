import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import { openSessions } from '../../core/api/sessions';
import type { Picture, TurnJob } from '../../core/job';
import { openBudget } from '../../core/money/budget';
import type { Amounts } from '../../core/money/cost';
import { openLedger } from '../../core/money/ledger';
import { sumUsd } from '../../core/money/money';
import { run } from '../../core/run';
import { checkCalls } from '../../core/rules/calls';
import { checkTurn } from '../../core/rules/conversation';
import { checkPicture } from '../../core/rules/request';
import { startDouble } from '../openai-double';

/**
 * Makes the transcript of docs/conversations.md: three turns of one session over three runs, through
 * the local double. Run: node --import tsx test/docs/conversations.ts
 */

export const conversationsPage = path.join(__dirname, '../../docs/conversations.md');
const images = path.join(__dirname, '../../docs/images');
const [from, to] = ['<!-- transcript -->', '<!-- /transcript -->'];

const said = ['A logo for a bakery called Crumb', 'More geometric', 'Add the tagline "since 1987"'];
const imageName = (turn: number): string => `conversation-${turn}.webp`;

async function takeTurn(baseUrl: string, folder: string, message: string): Promise<Picture> {
	const request = checkPicture({
		operation: 'send',
		model: 'gpt-image-2',
		prompt: message,
		size: '1024x1024',
		quality: 'low',
	});
	const job: TurnJob = {
		itemIndex: 0,
		request,
		turn: checkTurn(request, {
			chatModel: 'gpt-5.4',
			attachments: 0,
			continueFrom: 'session',
			sessionKey: 'chat 42',
		}),
		dryRun: false,
		timeoutMs: 60_000,
		moderationCheck: false,
	};
	const [outcome] = await run<Picture>([job], {
		connection: { apiKey: 'sk-docs', baseUrl, fetch },
		calls: checkCalls({}),
		budget: openBudget({ folder: path.join(folder, 'budget'), key: 'docs' }),
		onBudget: 'stop',
		prices: {},
		ledger: openLedger({
			folder: path.join(folder, 'ledger'),
			reuse: 'undelivered',
			reuseHours: 24,
			keepPrompts: true,
		}),
		sessions: openSessions({ folder: path.join(folder, 'sessions') }),
		unkept: new Map(),
		placeOf: () => ({
			workflowId: 'docs',
			nodeId: 'docs',
			executionId: message,
			itemIndex: 0,
			runIndex: 0,
		}),
		stopOnError: true,
		signal: undefined,
		deliver: async (_job, picture) => {
			if (!picture.bytes) throw new Error('The double made no picture');
			return picture;
		},
	});
	if (!outcome || 'error' in outcome) throw outcome?.error ?? new Error('Nothing was run');
	const [picture] = outcome.items;
	if (!picture) throw new Error('No picture came');
	return picture;
}

const dollars = (usd: number): string => `$${usd.toFixed(5)}`;

function costOf({ cost }: Picture): { chat: number; image: number; usd: number } {
	const { chat = {}, ...image } = cost.parts as Amounts;
	const sum = (parts: object): number =>
		sumUsd(Object.values(parts).filter((usd): usd is number => typeof usd === 'number'));
	return { chat: sum(chat), image: sum(image), usd: cost.usd ?? 0 };
}

function row(picture: Picture): string {
	const { conversation, prompt, revisedPrompt = '', usage } = picture;
	const { input = 0, inputCached = 0, output = 0 } = usage?.chat ?? {};
	const { chat, image, usd } = costOf(picture);
	const turn = conversation?.turn ?? 0;
	return `| ${[
		turn,
		`"${prompt}"`,
		`![Turn ${turn}: the double's drawing with the messages up to here written on it](images/${imageName(turn)})`,
		revisedPrompt,
		`${input + inputCached} in (${inputCached} cached), ${output} out: ${dollars(chat)}`,
		`${usage?.imageInput ?? 0} image in (${usage?.imageInputCached ?? 0} more cached), ${usage?.imageOutput ?? 0} image out: ${dollars(image)}`,
		`**${dollars(usd)}**`,
	].join(' | ')} |`;
}

/** @returns the transcript as a table, and the pictures of its turns */
export async function takeTranscript(): Promise<{ table: string; pictures: readonly Picture[] }> {
	const folder = mkdtempSync(path.join(tmpdir(), 'gpt-image-docs-'));
	const double = await startDouble();
	try {
		const pictures: Picture[] = [];
		for (const message of said) pictures.push(await takeTurn(double.url, folder, message));
		const total = sumUsd(pictures.map((picture) => costOf(picture).usd));
		const table = [
			'| turn | you say | picture | what the chat model makes of it | chat model | image model | cost |',
			'| --- | --- | --- | --- | --- | --- | --- |',
			...pictures.map(row),
			`| | | | | | all three | **${dollars(total)}** |`,
		].join('\n');
		return { table, pictures };
	} finally {
		await double.close();
		rmSync(folder, { recursive: true, force: true });
	}
}

/** @returns the page with the transcript in place of the one that it has */
export function withTranscript(page: string, table: string): string {
	const [start, end] = [page.indexOf(from), page.indexOf(to)];
	if (start < 0 || end < start) throw new Error('The marks of the transcript are missing');
	return `${page.slice(0, start + from.length)}\n\n${table}\n\n${page.slice(end)}`;
}

async function main(): Promise<void> {
	const { table, pictures } = await takeTranscript();
	const page = readFileSync(conversationsPage, 'utf8');
	writeFileSync(conversationsPage, withTranscript(page, table));
	for (const { bytes, conversation } of pictures) {
		const file = path.join(images, imageName(conversation?.turn ?? 0));
		await sharp(bytes).resize({ width: 360 }).webp({ quality: 80 }).toFile(file);
	}
	console.log(table);
}

if (require.main === module) {
	main().catch((error: unknown) => {
		console.error(error);
		process.exitCode = 1;
	});
}
