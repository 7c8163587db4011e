import { randomBytes } from 'node:crypto';
import type { FileObject } from 'openai/resources/files';
import { invalidRequest } from './rules/errors';

export interface StoredFile {
	object: FileObject;
	contentType: string;
	bytes: Buffer;
	/** Of an output file, instead of bytes: made while it is sent. */
	pieces?: () => AsyncIterable<Buffer>;
}

/** The uploaded files of one double, in memory. */
export class FileStore {
	private readonly files = new Map<string, StoredFile>();

	add(file: {
		filename: string;
		contentType: string;
		bytes: Buffer;
		purpose: FileObject['purpose'];
		expiresAfterSeconds?: number;
	}): FileObject {
		const created = Math.floor(Date.now() / 1000);
		const object: FileObject = {
			id: `file-${randomBytes(12).toString('base64url')}`,
			object: 'file',
			bytes: file.bytes.length,
			created_at: created,
			filename: file.filename,
			purpose: file.purpose,
			status: 'processed',
			...(file.expiresAfterSeconds !== undefined && {
				expires_at: created + file.expiresAfterSeconds,
			}),
		};
		this.files.set(object.id, { object, contentType: file.contentType, bytes: file.bytes });
		return object;
	}

	/** @returns the ID of a batch's output file */
	addStream(filename: string, pieces: () => AsyncIterable<Buffer>): string {
		const bytes = Buffer.alloc(0);
		const about = { contentType: 'application/octet-stream', purpose: 'batch_output' } as const;
		const { id } = this.add({ ...about, filename, bytes });
		Object.assign(this.get(id), { pieces });
		return id;
	}

	find(id: string): StoredFile | undefined {
		return this.files.get(id);
	}

	get(id: string): StoredFile {
		const file = this.files.get(id);
		if (!file) throw invalidRequest(`No such File object: ${id}`, 'id', null, 404);
		return file;
	}

	delete(id: string): void {
		this.get(id);
		this.files.delete(id);
	}

	list(): FileObject[] {
		return [...this.files.values()].map(({ object }) => object).reverse();
	}

	clear(): void {
		this.files.clear();
	}
}
