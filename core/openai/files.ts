/** The Files API: for what is too large to travel inside a turn's JSON, and for batches. */

import { GptImageError } from '../errors';
import type { InputDocument, TurnInputs } from '../rules/conversation-types';
import { isDocumentName, maxInlineDocumentBytes } from '../rules/documents';
import { labels } from '../rules/labels';
import { common } from '../rules/models';
import type { InputImage } from '../rules/request-types';
import { textOf } from '../rules/json';
import { segment, type Client } from './client';
import { formOf, type FormFile } from './form';
import { fieldsIn } from './guard';
import { free, type CallOptions } from './images';

const base64Characters = (bytes: number): number => 4 * Math.ceil(bytes / 3);
const isLargeImage = ({ bytes, mimeType }: Extract<InputImage, { kind: 'bytes' }>): boolean =>
	`data:${mimeType};base64,`.length + base64Characters(bytes.length) > common.maxDataUrlCharacters;

type FileParam = 'attachments' | 'delivery';

async function fileIdOf(client: Client, answer: Response, param: FileParam): Promise<string> {
	const id = textOf((await fieldsIn(answer, client)).id);
	if (id !== undefined && /^[\w-]{1,200}$/.test(id)) return id;
	throw new GptImageError(
		`The service accepted a file of '${labels[param]}' without returning an ID`,
		{
			code: 'empty_answer',
			advice: `The service behind the 'Base URL' in the credential may have no Files API: attach smaller files, or set '${labels.delivery}' to 'Now'.`,
			billed: 'no',
		},
	);
}

/**
 * @param seconds after which the service deletes it by itself, 3,600 to 2,592,000
 * @throws GptImageError; nothing is billed
 */
export async function uploadFile(
	client: Client,
	file: FormFile,
	purpose: 'vision' | 'user_data' | 'batch',
	seconds: number,
	param: FileParam,
	options: CallOptions,
): Promise<string> {
	const form = formOf({
		purpose,
		'expires_after[anchor]': 'created_at',
		'expires_after[seconds]': seconds,
		file,
	});
	return await free('files', options, { param }, async (signal) =>
		fileIdOf(client, await client.post('/files', form, signal), param),
	);
}

/** @returns how many are still there; never throws */
export async function deleteFiles(client: Client, ids: readonly string[]): Promise<number> {
	let remaining = 0;
	for (const id of ids) {
		const signal = AbortSignal.timeout(30_000);
		const deleted = client.delete(`/files/${segment(id)}`, signal);
		await deleted.then(
			async ({ body }) => await body?.cancel(),
			() => (remaining += 1),
		);
	}
	return remaining;
}

/** @returns the file as it comes */
export async function fileContent(
	client: Client,
	id: string,
	signal: AbortSignal,
): Promise<Response> {
	return await client.get(`/files/${segment(id)}/content`, signal);
}

/** The files of one turn at OpenAI. Close it when the turn is over, however it ended. */
export class TurnFiles {
	private readonly uploaded: string[] = [];

	constructor(
		private readonly client: Client,
		private readonly options: CallOptions,
		/** Should the deletion fail, OpenAI deletes a file by itself after this; 3,600 at least. */
		private readonly seconds: number,
	) {}

	/**
	 * Uploads what is too large, and sorts file IDs into images and documents by what OpenAI calls them.
	 * @throws GptImageError; nothing of it is billed
	 */
	async prepare(inputs: TurnInputs): Promise<TurnInputs> {
		const images: InputImage[] = [];
		const documents: InputDocument[] = [];
		for (const image of inputs.images) {
			const isDocument = image.kind === 'fileId' && (await this.isDocument(image.fileId));
			const isLarge = image.kind === 'bytes' && isLargeImage(image);
			if (isDocument) documents.push(image);
			else images.push(isLarge ? await this.upload(image, 'vision') : image);
		}
		for (const document of inputs.documents) {
			const isLarge = document.kind === 'bytes' && document.bytes.length > maxInlineDocumentBytes;
			documents.push(isLarge ? await this.upload(document, 'user_data') : document);
		}
		return { ...inputs, images, documents };
	}

	private async upload(
		file: FormFile,
		purpose: 'vision' | 'user_data',
	): Promise<{ readonly kind: 'fileId'; readonly fileId: string }> {
		const { client, options, seconds } = this;
		const id = await uploadFile(client, file, purpose, seconds, 'attachments', options);
		this.uploaded.push(id);
		return { kind: 'fileId', fileId: id };
	}

	private async isDocument(fileId: string): Promise<boolean> {
		try {
			const param = 'attachments';
			const { filename } = await free('files', this.options, { param }, async (signal) =>
				fieldsIn(await this.client.get(`/files/${segment(fileId)}`, signal), this.client),
			);
			return isDocumentName((textOf(filename) ?? '').slice(0, 1_000));
		} catch (error) {
			throw notFound(error, fileId);
		}
	}

	/** @returns the files' IDs, which somebody else deletes then */
	handOver(): string[] {
		return this.uploaded.splice(0);
	}

	/** @returns a warning when a file could not be deleted; never throws */
	async close(): Promise<string | undefined> {
		const remaining = await deleteFiles(this.client, this.handOver());
		return remaining === 0
			? undefined
			: `${remaining === 1 ? 'An attachment' : `${remaining} attachments`} uploaded to OpenAI could not be deleted there, and will expire automatically`;
	}
}

function notFound(error: unknown, fileId: string): unknown {
	if (!(error instanceof GptImageError) || error.status !== 404) return error;
	return error.with({
		message: `'${labels.attachments}' refers to the file ${fileId}, which OpenAI does not have`,
		code: 'file_not_found',
		advice: "Check the ID, and that the file belongs to the project of the credential's key.",
	});
}
