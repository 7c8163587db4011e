import { GptImageError } from '../errors';
import type { InputDocument, TurnInputs } from '../rules/conversation-types';
import { isDocumentName, maxInlineDocumentBytes } from '../rules/documents';
import { labels } from '../rules/labels';
import { common } from '../rules/models';
import type { InputImage } from '../rules/request-types';
import type { Client } from './client';
import { underLimits, type CallOptions } from './openai';

/** The Files API, for what is too large to travel inside a turn's JSON. */

/** Should the deletion fail, OpenAI deletes the file by itself after this; the shortest it takes. */
const EXPIRES_SECONDS = 3_600;

const base64Characters = (bytes: number): number => 4 * Math.ceil(bytes / 3);
const isLargeImage = ({ bytes, mimeType }: Extract<InputImage, { kind: 'bytes' }>): boolean =>
	`data:${mimeType};base64,`.length + base64Characters(bytes.length) > common.maxDataUrlCharacters;

/** An upload or a look-up costs nothing, whatever becomes of it. */
function freeOfCharge(error: unknown): unknown {
	return error instanceof GptImageError
		? new GptImageError(error.message, { ...error.facts, billed: 'no', param: 'attachments' })
		: error;
}

async function free<T>(
	options: CallOptions,
	call: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
	try {
		return await underLimits('files', options, call);
	} catch (error) {
		throw freeOfCharge(error);
	}
}

/** The files of one turn at OpenAI. Close it when the turn is over, however it ended. */
export class TurnFiles {
	private readonly uploaded: string[] = [];

	constructor(
		private readonly client: Client,
		private readonly options: CallOptions,
	) {}

	/**
	 * Uploads what is too large, and sorts file IDs into pictures and documents by what OpenAI calls
	 * them.
	 * @returns the inputs as they can be sent
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
		file: { readonly bytes: Buffer; readonly fileName: string; readonly mimeType: string },
		purpose: 'vision' | 'user_data',
	): Promise<{ readonly kind: 'fileId'; readonly fileId: string }> {
		const { toFile } = await import('openai');
		const content = await toFile(file.bytes, file.fileName, { type: file.mimeType });
		const expires_after = { anchor: 'created_at', seconds: EXPIRES_SECONDS } as const;
		const { id } = await free(
			this.options,
			async (signal) =>
				await this.client.files.create({ file: content, purpose, expires_after }, { signal }),
		);
		this.uploaded.push(id);
		return { kind: 'fileId', fileId: id };
	}

	private async isDocument(fileId: string): Promise<boolean> {
		try {
			const file = await free(
				this.options,
				async (signal) => await this.client.files.retrieve(fileId, { signal }),
			);
			return isDocumentName(file.filename);
		} catch (error) {
			throw notFound(error, fileId);
		}
	}

	/** @returns a warning when a file could not be deleted; never throws */
	async close(): Promise<string | undefined> {
		let left = 0;
		for (const id of this.uploaded.splice(0)) {
			const signal = AbortSignal.timeout(30_000);
			await this.client.files.delete(id, { signal }).catch(() => (left += 1));
		}
		return left === 0
			? undefined
			: `${left === 1 ? 'An attachment' : `${left} attachments`} that was uploaded to OpenAI could not be deleted there; it expires within an hour`;
	}
}

function notFound(error: unknown, fileId: string): unknown {
	if (!(error instanceof GptImageError) || error.facts.status !== 404) return error;
	return new GptImageError(
		`'${labels.attachments}' names the file ${fileId}, which OpenAI does not have`,
		{
			...error.facts,
			code: 'file_not_found',
			advice: "Check the ID, and that the file belongs to the project of the credential's key.",
		},
	);
}
