/** Prints the digest of a placeholder; placeholder.test.ts runs it on a machine without fonts. */
import { createHash } from 'node:crypto';
import { drawPlaceholder, type PlaceholderContent } from '../../../core/pixels/placeholder';

async function main(request: PlaceholderContent): Promise<void> {
	const image = await drawPlaceholder(request);
	process.stdout.write(createHash('sha256').update(image).digest('hex'));
}

void main(JSON.parse(process.argv[2] ?? '') as PlaceholderContent);
