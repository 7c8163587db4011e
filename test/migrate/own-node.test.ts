import { reportOf } from '../../migrate/report';
import { migrate } from '../../migrate/workflow';

/** Nodes of this package that name a model that OpenAI shuts down. */

const list = (value: string) => ({ __rl: true, mode: 'list', value });

function migrated(parameters: object, day: string, type = 'gptImage') {
	const node = { name: 'Draw', type: `n8n-nodes-gpt-image.${type}`, typeVersion: 1, parameters };
	const migration = migrate({ name: 'Shop', nodes: [node], connections: {} }, day);
	const [now] = migration.workflow.nodes as Array<{ parameters: Record<string, unknown> }>;
	const [report] = migration.updated;
	return { migration, node, now, report };
}

const mini = { resource: 'image', operation: 'generate', model: list('gpt-image-1-mini') };

it.each(['gptImage', 'gptImageTool', 'gptImageCost'])('a %s gets the successor', (type) => {
	const { now, report, migration } = migrated({ ...mini, prompt: 'a bee' }, '2026-11-28', type);
	expect(now).toMatchObject({
		type: `n8n-nodes-gpt-image.${type}`,
		parameters: { ...mini, model: list('gpt-image-2.6-flare'), prompt: 'a bee' },
	});
	expect(report?.changes).toEqual([
		"'Model': gpt-image-1-mini stops on 2026-12-01, now gpt-image-2.6-flare.",
	]);
	const text = reportOf(migration);
	expect(text).toContain('"Shop": 1 node of GPT Image with a model that OpenAI retires');
	expect(text).toContain('ask it for its own');
	expect(text).not.toContain('After the import');
});

it('with batches a model that takes them: 2.6 takes none', () => {
	const { now } = migrated({ ...mini, delivery: 'batch' }, '2026-12-02', 'gptImageCost');
	expect(now?.parameters).toMatchObject({ model: list('gpt-image-2'), delivery: 'batch' });
});

it('fallback models too', () => {
	const { now, report } = migrated(
		{
			model: { __rl: true, mode: 'id', value: 'gpt-image-1.5-2025-12-16' },
			options: { outputFormat: 'webp' },
			limits: { fallback: 'gpt-image-1, gpt-image-2' },
		},
		'2026-12-02',
	);
	expect(now?.parameters).toEqual({
		model: list('gpt-image-2.6-sunburst'),
		options: { outputFormat: 'webp' },
		limits: { fallback: 'gpt-image-2.5-flare, gpt-image-2' },
	});
	expect(report?.changes).toEqual([
		"'Model': gpt-image-1.5-2025-12-16 was retired on 2026-12-01, now gpt-image-2.6-sunburst.",
		"'Fallback Models': gpt-image-1 was retired on 2026-10-23, now gpt-image-2.5-flare.",
	]);
});

it('names of other services that contain one stay, and no fallback comes twice', () => {
	const { now, migration } = migrated({ model: list('openai/gpt-image-1-mini') }, '2026-12-02');
	expect(now?.parameters).toEqual({ model: list('openai/gpt-image-1-mini') });
	expect(migration.updated).toEqual([]);
	const twice = { limits: { fallback: 'gpt-image-1-mini, gpt-image-2.6-flare' } };
	expect(migrated(twice, '2026-12-02').now?.parameters).toEqual({
		limits: { fallback: 'gpt-image-2.6-flare' },
	});
});

it('a chat model gets the successor that OpenAI names', () => {
	const { now, report } = migrated(
		{ ...mini, model: list('gpt-image-2'), chatModel: list('gpt-5-mini') },
		'2026-11-28',
	);
	expect(now?.parameters).toMatchObject({ chatModel: list('gpt-6.1-terra') });
	expect(report?.changes).toEqual([
		"'Chat Model': gpt-5-mini stops on 2026-12-11, now gpt-6.1-terra.",
	]);
});

it('the model that writes SVGs, too', () => {
	const { now, report } = migrated(
		{ model: list('gpt-image-2.6-flare'), options: { outputFormat: 'svg', svgModel: 'gpt-5' } },
		'2026-11-28',
	);
	expect(now?.parameters.options).toEqual({ outputFormat: 'svg', svgModel: 'gpt-6.1-sol' });
	expect(report?.changes).toEqual(["'SVG Model': gpt-5 stops on 2026-12-11, now gpt-6.1-sol."]);
});

it('expressions and chat models without a successor are told, and stay', () => {
	const parameters = {
		model: {
			__rl: true,
			mode: 'id',
			value: '={{ $json.rush ? "gpt-image-1-mini" : "gpt-image-2" }}',
		},
		chatModel: list('gpt-5.4-nano'),
	};
	const { now, node, report } = migrated(parameters, '2027-02-01');
	expect(now).toEqual(node);
	expect(report?.checks).toEqual([
		"'Model' is an expression that names gpt-image-1-mini: gpt-image-1-mini was retired on 2026-12-01.",
		"'Chat Model': gpt-5.4-nano stops on 2027-04-01: choose another.",
	]);
});

it('what lasts is not touched', () => {
	const { migration, node } = migrated({ ...mini, model: list('gpt-image-2') }, '2028-02-29');
	expect(migration).toMatchObject({ workflow: { nodes: [node] }, updated: [], moved: [] });
	expect(migrated(mini, '2026-08-01').migration.updated).toEqual([]);
});
