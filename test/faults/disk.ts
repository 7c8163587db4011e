import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/** A small disk of its own for a store, which can be filled. Needs the right to mount. */

const SIZE = '16m';

function mount(folder: string): void {
	mkdirSync(folder, { recursive: true });
	execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${SIZE},mode=0700`, 'gpt-image', folder], {
		stdio: 'ignore',
	});
}

const unmount = (folder: string): void => {
	execFileSync('umount', ['-l', folder], { stdio: 'ignore' });
};

let allowed: boolean | undefined;

export function mayMount(): boolean {
	if (allowed !== undefined) return allowed;
	const folder = mkdtempSync(path.join(os.tmpdir(), 'gpt-image-mount-'));
	try {
		mount(folder);
		unmount(folder);
		allowed = true;
	} catch {
		allowed = false;
	}
	rmSync(folder, { recursive: true, force: true });
	return allowed;
}

export class SmallDisk {
	private constructor(private readonly folder: string) {}

	static mountAt(folder: string): SmallDisk {
		mount(folder);
		return new SmallDisk(folder);
	}

	private get filler(): string {
		return path.join(this.folder, 'filler');
	}

	/** @param kilobytes that stay free */
	fillUpTo(kilobytes: number): void {
		this.empty();
		const { bavail, bsize } = statfsSync(this.folder);
		const bytes = Math.max(0, bavail * bsize - kilobytes * 1024);
		writeFileSync(this.filler, Buffer.alloc(bytes));
	}

	empty(): void {
		rmSync(this.filler, { force: true });
	}

	unmount(): void {
		unmount(this.folder);
	}
}
