import { readFileSync } from 'node:fs';
import { costs, costsPage } from '../../scripts/docs/costs';

it('docs/costs.md says what the model table says', () => {
	const written = readFileSync(costsPage, 'utf8');
	// When this fails: node --import tsx scripts/docs/costs.ts
	expect(written).toBe(costs());
});

it.each([
	['| gpt-image-2 | medium | $0.0527 | $0.0412 | $0.0412 | $0.0284 | $0.107 | $0.100 |'],
	[
		'| gpt-image-2.5-sunburst, gpt-image-2.5-flare | xhigh | $0.0937 | $0.0738 | $0.0738 | $0.0505 | $0.190 | $0.178 |',
	],
	['| gpt-image-1.5, chatgpt-image-latest | high | $0.133 | $0.199 | $0.200 | – | – | – |'],
])('it has the row %s', (row) => {
	expect(readFileSync(costsPage, 'utf8')).toContain(row);
});
