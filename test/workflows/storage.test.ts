import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Logger } from '@n8n/backend-common';
import { Container } from '@n8n/di';
import { BinaryDataService } from 'n8n-core';
import type { IDataObject } from 'n8n-workflow';
import type { Double } from '../openai-double';
import { runGptImage } from './gpt-image';
import { setUp } from './set-up';

let double: Double;
beforeAll(async () => (double = await setUp()));
afterAll(async () => await double.close());
beforeEach(() => double.reset());
afterEach(() => jest.restoreAllMocks());

/** n8n's storage refuses the first binary that is put into it. */
function refuseOnce(error: Error) {
	jest.spyOn(Container.get(BinaryDataService), 'store').mockRejectedValueOnce(error);
}

const run = async (prompt: string, more: IDataObject = {}) =>
	await runGptImage({
		baseUrl: double.url,
		parameters: { prompt, quality: 'low', ...more },
		settings: { onError: 'continueErrorOutput' },
	});

const fullDisk = () =>
	Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });

it('a full disk of n8n: says so, and the next run gets the image that was paid', async () => {
	refuseOnce(fullDisk());
	const { items, failed } = await run('a mug');
	expect(items).toEqual([]);
	expect(failed[0]?.json).toMatchObject({
		error: "Could not use n8n's binary data storage: the disk is full",
		message:
			'Free some space on that disk. Then run the workflow again: it uses the images that were kept.',
		details: { code: 'not_stored', retryable: true, billed: 'yes' },
	});
	expect(double.journal).toHaveLength(1);

	const again = await run('a mug');
	expect(again.items[0]?.json.image).toMatchObject({
		request: { reused: true },
		cost: { usd: 0 },
		sha256: double.journal[0]?.imageSha256[0],
	});
	expect(double.journal).toHaveLength(1);
});

it('a database or bucket that refuses: its own words are told', async () => {
	refuseOnce(new Error('the bucket has gone'));
	const { failed } = await run('a jug');
	expect(failed[0]?.json).toMatchObject({
		error: "Could not use n8n's binary data storage: the bucket has gone",
		message: 'Check that it works. Then run the workflow again: it uses the images that were kept.',
	});
});

it('a dry run was not billed', async () => {
	refuseOnce(fullDisk());
	const { failed } = await run('a bowl', { options: { dryRun: true } });
	expect(failed[0]?.json).toMatchObject({
		message: 'Free some space on that disk.',
		details: { code: 'not_stored', billed: 'no' },
	});
});

it('queue mode with a store of each machine: a hint names the variable to set, the log once', async () => {
	const warn = jest.spyOn(Container.get(Logger), 'warn').mockReturnValue();
	const { N8N_GPT_IMAGE_STORE, N8N_USER_FOLDER } = process.env;
	const hintsOf = async (): Promise<readonly string[]> => {
		const { run: ended } = await run('a mug');
		const hints = ended.data.resultData.runData['GPT Image']?.[0]?.hints ?? [];
		return hints.map(({ message }) => message).filter((message) => message.includes('queue mode'));
	};
	process.env.EXECUTIONS_MODE = 'queue';
	expect(await hintsOf()).toEqual([]);
	try {
		process.env.N8N_USER_FOLDER = await mkdtemp(path.join(tmpdir(), 'queue-'));
		delete process.env.N8N_GPT_IMAGE_STORE;
		for (const _ of [1, 2])
			expect(await hintsOf()).toEqual([expect.stringContaining('N8N_GPT_IMAGE_STORE=n8n')]);
	} finally {
		delete process.env.EXECUTIONS_MODE;
		Object.assign(process.env, { N8N_GPT_IMAGE_STORE, N8N_USER_FOLDER });
	}
	const said = warn.mock.calls.filter(([message]) => message.includes('queue mode'));
	expect(said).toHaveLength(1);
});
