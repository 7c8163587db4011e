import assert from 'node:assert/strict';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { IDataObject } from 'n8n-workflow';
import sharp from 'sharp';
import { failureOf, outputOf } from '../host/execution';
import type { Stage } from '../host/stage';
import { freshFiles, runUntilWaiting } from './example';
import { sharedStage } from './shared';

test('a draft waits for its approval, then the same image is made final', async () => {
	const stage = await sharedStage();
	const { executionId, files, links } = await waitingDraft(stage);
	const draft = await sharp(join(files, 'draft.png')).metadata();
	assert.equal((draft.width / draft.height).toFixed(2), '0.75');
	assert.equal(stage.double.journal.length, 1);

	const opened = await fetch(`${links.approve}&comment=${encodeURIComponent('without the stars')}`);
	assert.equal(opened.status, 200);
	const execution = await stage.rest.finished(executionId);
	assert.equal(failureOf(execution), undefined);

	const final = await sharp(join(files, 'final.png')).metadata();
	assert.deepEqual([final.width, final.height], [1536, 2048]);
	const [item] = outputOf(execution, 'Final');
	const image = item?.json.image as IDataObject;
	assert.equal(image.quality, 'high');
	assert.equal((image.conversation as IDataObject).turn, 2);
	assert.match(String(image.prompt), /as the final version.*\n\nwithout the stars$/s);
	const [first, second, ...others] = stage.double.journal;
	assert.deepEqual(others, []);
	assert.equal(second?.lineage?.[0], first?.lineage?.[0], 'it is the same image');
	assert.equal(second?.lineage?.length, 2);
});

test('a declined draft costs no more than the draft', async () => {
	const stage = await sharedStage();
	const { executionId, files, links } = await waitingDraft(stage);
	await fetch(links.decline);
	const execution = await stage.rest.finished(executionId);
	assert.equal(failureOf(execution), undefined);
	assert.equal(outputOf(execution, 'Declined').length, 1);
	assert.equal(stage.double.journal.length, 1);
	await assert.rejects(access(join(files, 'final.png')));
});

interface Links {
	approve: string;
	decline: string;
}

/** Runs the example up to where it waits for a person. */
async function waitingDraft(
	stage: Stage,
): Promise<{ executionId: string; files: string; links: Links }> {
	const files = await freshFiles(stage);
	const executionId = await runUntilWaiting(stage, 'draft-approve-final');
	const [asked] = outputOf(await stage.rest.execution(executionId), 'Ask for Approval');
	return { executionId, files, links: asked?.json as unknown as Links };
}
