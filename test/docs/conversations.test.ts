import { readFileSync } from 'node:fs';
import {
	conversationsPage,
	takeTranscript,
	withTranscript,
} from '../../scripts/docs/conversations';

it('docs/conversations.md shows what happens (else run scripts/docs/conversations.ts)', async () => {
	const page = readFileSync(conversationsPage, 'utf8');
	const { table } = await takeTranscript();
	expect(withTranscript(page, table)).toBe(page);
});
