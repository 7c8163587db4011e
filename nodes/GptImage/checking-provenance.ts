/** Runs Check Provenance: asks OpenAI whether an image has its marks; nothing is bought. */

import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { once } from '../../core/calls/jobs';
import type { UserFile } from '../../core/calls/prepare';
import { systemClock } from '../../core/clock';
import { invalidParameter } from '../../core/errors';
import { Client } from '../../core/openai/client';
import { checkProvenance } from '../../core/openai/provenance';
import { reachesEnd } from '../../core/pixels/ending';
import { withRetries } from '../../core/purchase/retry';
import { checkCalls } from '../../core/rules/calls';
import { formatOf } from '../../core/rules/image-format';
import { labels } from '../../core/rules/labels';
import { readAccount } from '../host/connection';
import { readImages } from '../host/edit-parameters';
import { eachItem } from '../host/each-item';
import { failuresLast } from '../host/errors';
import { withRoom } from '../host/input-beside';
import { hintWarnings } from '../host/progress';

const TIMEOUT_MS = 120_000;

/** @throws GptImageError when there is not exactly one file */
function readFile(context: IExecuteFunctions, itemIndex: number): UserFile {
	const [image, ...others] = readImages(context, itemIndex, 'images');
	if (image?.kind === 'file' && others.length === 0) return image.file;
	throw invalidParameter(
		'images',
		`'${labels.images}' is not one file`,
		'A provenance check needs one image file per item: choose one binary field. Download a URL with the HTTP Request node first.',
	);
}

async function check(
	client: Client,
	file: UserFile,
	signal: AbortSignal | undefined,
): Promise<IDataObject> {
	const bytes = await file.load();
	const format = formatOf(bytes);
	if (format === undefined || format === 'svg') {
		throw invalidParameter(
			'images',
			`${file.origin.label} cannot be checked`,
			'OpenAI checks PNG, JPEG, WebP and GIF files.',
		);
	}
	// OpenAI finds no mark in what is not there, and a file without one passes for a photo.
	if (!reachesEnd(bytes, format)) {
		throw invalidParameter(
			'images',
			`${file.origin.label} is cut off: the end of the ${format.toUpperCase()} is missing, and its marks may be, too`,
			'Download or export it again: an interrupted download leaves such a file.',
		);
	}
	const upload = { bytes, fileName: `image.${format}`, mimeType: `image/${format}` };
	const { c2pa, synthid } = await checkProvenance(client, upload, {
		timeoutMs: TIMEOUT_MS,
		signal,
	});
	return { c2pa: { ...c2pa }, synthid: { ...synthid } };
}

/** @returns the items with `json.provenance`, in the order of the input */
export async function checkItems(context: IExecuteFunctions): Promise<INodeExecutionData[][]> {
	const signal = context.getExecutionCancelSignal();
	const { maxRetries, retryLost, maxParallel } = checkCalls({});
	const pause = async (milliseconds: number): Promise<void> =>
		await systemClock.sleep(milliseconds, signal);
	const clientOf = once(async () => new Client((await readAccount(context)).connection));
	const policy = { maxRetries, retryLost, clock: systemClock, pause };
	const renamed = new Set<string>();
	const outcomes = await eachItem(context, maxParallel, async (itemIndex) => {
		const client = await clientOf();
		const file = readFile(context, itemIndex);
		const provenance = await withRetries(policy, signal, () => check(client, file, signal));
		const { json, warnings } = withRoom(context, itemIndex, 'provenance');
		for (const { message } of warnings) renamed.add(message);
		const item = context.getInputData()[itemIndex];
		return { ...item, json: { ...json, provenance }, pairedItem: itemIndex };
	});
	hintWarnings(context, [...renamed]);
	const sorted = failuresLast(context, outcomes, (one) => 'failed' in one);
	return [sorted.map((one) => ('failed' in one ? one.failed : one.result))];
}
