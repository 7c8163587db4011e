import type { IDataObject } from 'n8n-workflow';
import { migrate, type Migration } from '../../migrate/workflow';
import { exported, moved, newType, nodeOf, nodesOf, today } from './moved';

function notesOf({ moved }: Migration, name: string): string {
	const report = moved.find(({ node }) => node === name);
	return [...(report?.changes ?? []), ...(report?.checks ?? [])].join('\n');
}

const list = (value: string) => ({ __rl: true, mode: 'list', value });
const credentials = { gptImageApi: { id: null, name: 'GPT Image account' } };

describe('parameters', () => {
	it('DALL-E 3 of version 1.8: HD, wide, style, retries and error output', () => {
		const migration = moved('linkedin-dall-e-3');
		const [, , before] = exported('linkedin-dall-e-3').nodes;
		expect(nodeOf(migration, 'Draw Header')).toEqual({
			id: before?.id,
			name: 'Draw Header',
			type: newType,
			typeVersion: 1,
			position: [440, 0],
			notes: 'Ask Mia before changing the style',
			onError: 'continueErrorOutput',
			credentials,
			parameters: {
				resource: 'image',
				operation: 'generate',
				model: list('gpt-image-2'),
				prompt: '=Header image for: {{ $json.topic }}',
				size: '1792x1024',
				quality: 'high',
				options: {},
			},
		});
		const notes = notesOf(migration, 'Draw Header');
		expect(notes).toContain('dall-e-3 was retired on 2026-05-12, now gpt-image-2');
		expect(notes).toContain('Retry On Fail (4 tries) is off');
		expect(notes).toContain('Style natural has no counterpart');
		expect(notes).toContain('pinned data');
	});

	it('gpt-image-1 of version 2.1: output field, and nodes that read what has moved', () => {
		const migration = moved('form-gpt-image-1');
		expect(nodeOf(migration, 'Generate an image')).toMatchObject({
			continueOnFail: true,
			parameters: {
				model: list('gpt-image-2.5-flare'),
				prompt: '={{ $json.idea }}',
				size: '1024x1536',
				quality: 'high',
				options: { outputField: 'image' },
			},
		});
		const notes = notesOf(migration, 'Generate an image');
		expect(notes).toContain('"Upload" (name) reads `fileName`, which is now `image.fileName`');
		expect(notes).toContain('"Log" (columns.value.type) reads `mimeType`');
	});

	it('an edit of version 2.2: references, mask, and the format that was never sent', () => {
		const migration = moved('edit-with-mask');
		expect(nodeOf(migration, 'Edit an image')).toMatchObject({
			alwaysOutputData: true,
			parameters: {
				resource: 'image',
				operation: 'edit',
				model: list('gpt-image-2.5-flare'),
				images: {
					values: [
						{ source: 'field', field: 'photo' },
						{ source: 'field', field: 'logo' },
					],
				},
				maskSource: 'field',
				maskField: 'hole',
				maskMeaning: 'alpha',
				size: '1536x1024',
				quality: 'medium',
				options: {
					numberOfImages: 2,
					outputFormat: 'webp',
					outputCompression: 70,
					background: 'opaque',
					safetyIdentifier: 'shop-17',
				},
			},
		});
		const notes = notesOf(migration, 'Edit an image');
		expect(notes).toContain("'Output Format' webp takes effect now");
		expect(notes).toContain(
			"'Input Fidelity' is left out: gpt-image-2.5-flare does not support it",
		);
	});

	it('version 2.3: default and chosen models, expressions, and what stays', () => {
		const migration = moved('drafts-2-3');
		expect(nodeOf(migration, 'Draft').parameters).toMatchObject({
			model: list('gpt-image-2.6-flare'),
			size: 'auto',
			quality: 'auto',
		});
		expect(nodeOf(migration, 'Final')).toMatchObject({
			disabled: true,
			parameters: {
				model: { __rl: true, mode: 'id', value: '={{ $json.model }}' },
				size: '={{ $json.size }}',
				quality: '={{ $json.quality }}',
			},
		});
		expect(nodeOf(migration, 'Retouch').parameters).toMatchObject({
			operation: 'edit',
			model: list('gpt-image-2.6-sunburst'),
			images: { values: [{ source: 'field', field: 'data' }] },
			size: '1024x1024',
			options: {},
		});
		expect(notesOf(migration, 'Draft')).toContain(
			"'Model': gpt-image-1-mini stops on 2026-12-01, now gpt-image-2.6-flare.",
		);
		expect(notesOf(migration, 'Draft')).toContain('no price per image for gpt-image-2.6-flare');
		expect(nodeOf(migration, 'Describe')).toEqual(exported('drafts-2-3').nodes[4]);
		expect(migration.left).toEqual([
			{ node: 'Describe', why: 'GPT Image has no operation like analyze' },
		]);
	});

	it.each([
		['2026-09-01', 'gpt-image-1.5', 'high', ''],
		['2026-09-02', 'gpt-image-2.6-sunburst', undefined, 'gpt-image-1.5 stops on 2026-12-01, now'],
		['2026-11-28', 'gpt-image-2.6-sunburst', undefined, 'gpt-image-1.5 stops on 2026-12-01, now'],
		['2026-12-02', 'gpt-image-2.6-sunburst', undefined, 'was retired on 2026-12-01, now'],
		['2028-02-29', 'gpt-image-2.6-sunburst', undefined, 'was retired on 2026-12-01, now'],
	])('a model within 90 days of its last gives way: %s', (day, model, inputFidelity, note) => {
		const migration = moved('drafts-2-3', day);
		const { parameters } = nodeOf(migration, 'Retouch');
		expect(parameters.model).toEqual(list(model));
		expect((parameters.options as IDataObject).inputFidelity).toBe(inputFidelity);
		expect(notesOf(migration, 'Retouch')).toContain(note);
	});

	it('the legacy node, versions 1 and 1.1', () => {
		const migration = moved('legacy-icons');
		expect(nodeOf(migration, 'OpenAI').parameters).toEqual({
			resource: 'image',
			operation: 'generate',
			model: list('gpt-image-2'),
			prompt: '={{ $json.title }}, flat icon',
			size: '1024x1024',
			quality: 'low',
			options: { numberOfImages: 3 },
		});
		expect(nodeOf(migration, 'OpenAI1').parameters).toMatchObject({
			size: 'custom',
			width: 1024,
			height: 1792,
			quality: 'high',
		});
		expect(nodeOf(migration, 'Chat')).toEqual(exported('legacy-icons').nodes[4]);
		const notes = notesOf(migration, 'OpenAI');
		expect(notes).toContain('gpt-image-2 does not support 256x256, now 1024x1024');
		expect(notes).toContain('"Download" (url) reads `url`, which is gone');
	});

	it('a DALL-E 2 edit that answered with a web address, and calls made by hand', () => {
		const migration = moved('dall-e-2-edit');
		expect(nodeOf(migration, 'Variation').parameters).toMatchObject({
			operation: 'edit',
			images: { values: [{ source: 'field', field: 'cat' }] },
			size: '1024x1024',
			quality: 'low',
			options: { numberOfImages: '={{ $json.count }}' },
		});
		expect(notesOf(migration, 'Variation')).toContain('"Save URL"');
		expect(migration.left).toEqual([
			{ node: 'Own Call', why: expect.stringContaining('calls the image API itself') as string },
		]);
	});
});

describe('a workflow', () => {
	it('keeps all that is not an image node: connections, settings, names', () => {
		const before = exported('linkedin-dall-e-3');
		const { workflow, moved: reports } = migrate(before, today);
		expect({ ...workflow, nodes: [] }).toEqual({ ...before, nodes: [] });
		expect(nodesOf(moved('linkedin-dall-e-3')).map(({ name }) => name)).toEqual(
			before.nodes.map(({ name }) => name),
		);
		expect(reports.map(({ node }) => node)).toEqual(['Draw Header']);
		expect(before).toEqual(exported('linkedin-dall-e-3'));
	});

	it('moved once, it has nothing left to move', () => {
		const once = migrate(exported('legacy-icons'), today);
		expect(migrate(once.workflow, today)).toMatchObject({ workflow: once.workflow, moved: [] });
	});

	it.each([[null], [[]], [{ nodes: {} }], ['text'], [{ data: [] }]])('refuses %j', (value) => {
		expect(() => migrate(value, today)).toThrow('not a workflow that n8n has exported');
	});
});
