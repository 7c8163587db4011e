/** Prints the digest of a placeholder; placeholder.test.ts runs it on a machine without fonts. */
import { createHash } from 'node:crypto';
import { placeholderPicture, type PlaceholderWish } from '../../../core/picture/placeholder';

async function main(wish: PlaceholderWish): Promise<void> {
	const picture = await placeholderPicture(wish);
	process.stdout.write(createHash('sha256').update(picture).digest('hex'));
}

void main(JSON.parse(process.argv[2] ?? '') as PlaceholderWish);
