import type { IDataObject, INodeExecutionData } from 'n8n-workflow';
import type { Double } from '../openai-double';
import { runGptImage } from './gpt-image';
import { setUp, startAfresh } from './set-up';

/**
 * What people, expressions and agents put into parameters by mistake or on purpose: each is refused
 * before anything is sent, with the parameter, what is wrong with it, and what to do.
 */

let double: Double;
beforeAll(async () => (double = await setUp({ drawing: 'plain' })));
afterAll(async () => await double.close());
beforeEach(() => startAfresh(double));

const long = 'x'.repeat(200_000);
/** A value of a parameter, and what else has to be set for it to count. */
type Bad = readonly [param: string, value: unknown, more?: IDataObject];

const bad = (param: string, values: readonly unknown[], more?: IDataObject): Bad[] =>
	values.map((value) => [param, value, more]);
const png =
	'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const binary: INodeExecutionData['binary'] = {
	data: { data: png, mimeType: 'image/png', fileName: 'a.png' },
	text: { data: Buffer.from('hello').toString('base64'), mimeType: 'text/plain' },
	empty: { data: '', mimeType: 'image/png' },
};

const image = {
	prompt: 'a mug',
	model: 'gpt-image-2',
	size: '1024x1024',
	aspectRatio: '16:9',
	megapixels: 1,
	width: 1024,
	height: 1024,
	quality: 'low',
	numberOfImages: 1,
	outputFormat: 'png',
	outputCompression: '',
	background: 'auto',
	moderation: 'auto',
	complexity: '',
	partialImages: 0,
	safetyIdentifier: '',
	styleGuide: '',
	inputFidelity: '',
	keepInput: true,
	dryRun: false,
	timeoutSeconds: 600,
	moderationCheck: false,
	maxCostPerRun: 0,
};
const edit = {
	...image,
	field: 'data',
	source: 'field',
	url: '',
	fileId: '',
	maskSource: 'none',
	maskField: 'data',
	maskMeaning: 'auto',
	boxX: 10,
	boxY: 10,
	boxWidth: 50,
	boxHeight: 50,
	extendRatio: '16:9',
	extendAnchor: 'center',
	keepOutsideMask: true,
	feather: 8,
};
const send = {
	...image,
	chatModel: 'gpt-5.4',
	action: 'auto',
	continueFrom: 'new',
	previousResponseId: 'resp_1',
	sessionKey: 'a',
	reasoningEffort: '',
	imageCallId: '',
	onLostContext: 'fail',
	finalQuality: '',
	webSearch: false,
	instructions: '',
};

const options: readonly string[] = [
	...['numberOfImages', 'outputFormat', 'outputCompression', 'background', 'moderation'],
	...['complexity', 'partialImages', 'safetyIdentifier', 'inputFidelity', 'keepInput', 'dryRun'],
	'styleGuide',
	...['reasoningEffort', 'imageCallId', 'onLostContext', 'finalQuality', 'webSearch'],
	'instructions',
];
const limits: readonly string[] = ['timeoutSeconds', 'moderationCheck', 'maxCostPerRun'];
const entry: readonly string[] = ['source', 'field', 'url', 'fileId'];

/** Every parameter is an expression, so that each item has values of its own. */
function parametersOf(values: IDataObject): IDataObject {
	const pick = (names: readonly string[]) =>
		Object.fromEntries(
			names.filter((name) => name in values).map((name) => [name, `={{ $json.${name} }}`]),
		);
	const rest = Object.keys(values).filter(
		(name) => ![...options, ...limits, ...entry, 'model', 'chatModel'].includes(name),
	);
	const locator = (name: string) => ({ __rl: true, mode: 'id', value: `={{ $json.${name} }}` });
	return {
		...pick(rest),
		model: locator('model'),
		...('chatModel' in values ? { chatModel: locator('chatModel') } : {}),
		...('field' in values ? { images: { values: [pick(entry)] } } : {}),
		options: pick(options),
		limits: pick(limits),
	};
}

interface Refused {
	readonly error: string;
	readonly advice: string;
	readonly param: unknown;
	readonly code: unknown;
}

async function refusals(
	values: IDataObject,
	operation: IDataObject,
	cases: readonly Bad[],
): Promise<readonly Refused[]> {
	const { items, error } = await runGptImage({
		baseUrl: double.url,
		parameters: { ...parametersOf(values), ...operation },
		items: cases.map(([param, value, more]) => ({
			json: { ...values, ...more, [param]: value } as IDataObject,
			binary,
		})),
		settings: { onError: 'continueRegularOutput' },
	});
	expect(error).toBeUndefined();
	return items.map(({ json }) => {
		const { advice, param, code } = (json.details ?? {}) as IDataObject;
		return { error: String(json.error), advice: String(advice), param, code };
	});
}

async function expectRefusals(
	values: IDataObject,
	operation: IDataObject,
	cases: readonly Bad[],
	called: Readonly<Record<string, string>> = {},
): Promise<void> {
	const told = await refusals(values, operation, cases);
	const wrong = cases.flatMap(([param, value], index) => {
		const { error, advice, param: named, code } = told[index] ?? {};
		const isGood =
			code === 'invalid_parameter' &&
			named === (called[param] ?? param) &&
			(error ?? '').length < 500 &&
			/^.{10,600}$/s.test(advice ?? '') &&
			!/undefined|\[object|function/i.test(`${error} ${advice}`);
		const shown = JSON.stringify(value)?.slice(0, 60);
		return isGood
			? []
			: [`${param} = ${shown}: ${code}, ${String(named)}, ${error?.slice(0, 300)}`];
	});
	expect(wrong).toEqual([]);
	expect(told).toHaveLength(cases.length);
	expect(double.journal).toEqual([]);
}

const numbers = ['', '  ', null, 'ten', NaN, -1, '0x10', 'Infinity', {}, [1], true, long];

it('refuses what an image cannot be generated from', async () => {
	await expectRefusals(image, { resource: 'image', operation: 'generate' }, [
		...bad('prompt', [
			'',
			'   ',
			'\n\t',
			null,
			{},
			[],
			'\u200b\u200d\ufeff',
			'\u3164',
			'x'.repeat(32_001),
		]),
		...bad('model', [
			'',
			' ',
			'gpt image 2',
			'gpt-image-2\nx',
			'gpt-5.4',
			long,
			'gpt-bild-ü',
			'\u0000',
		]),
		...bad('size', [
			'big',
			'1024',
			'1024x',
			'0x0',
			'-1x-1',
			'1024x1024x1024',
			'99999x99999',
			'1e3x1e3',
			'100:1',
			long,
			'<script>',
			'1025x1025',
		]),
		...bad(
			'aspectRatio',
			['', 'wide', '16', '16:0', '0:9', '-16:9', '16:9:4', '1:1000', 'Infinity:1', long],
			{ size: 'ratio' },
		),
		...bad('megapixels', ['', 'many', -1, 0, 1e9, 0.0001, NaN, '0x1', {}, long], { size: 'ratio' }),
		...bad('width', [...numbers, 0, 1.5], { size: 'custom' }),
		...bad('height', [...numbers, 0, 1.5], { size: 'custom' }),
		...bad('quality', ['ultra', '100', 5, {}, long, '__proto__', 'constructor']),
		...bad('numberOfImages', ['ten', 0, -1, 11, 1.5, '1e1000', '0x2', {}, true]),
		...bad('outputFormat', ['bmp', 'tiff', 'toString', {}, long]),
		...bad('outputCompression', ['high', -1, 101, 0.5], { outputFormat: 'jpeg' }),
		...bad('outputCompression', [80]),
		...bad('background', ['red', '#fff', {}, long]),
		...bad('background', ['transparent'], { outputFormat: 'jpeg' }),
		...bad('moderation', ['none', 'off', {}, long]),
		...bad('partialImages', ['x', -1, 4, 1.5]),
		...bad('safetyIdentifier', ['u'.repeat(65), long, {}, ['u']]),
		...bad('styleGuide', [long, {}, ['flat']]),
		...bad('keepInput', ['perhaps', 2, {}]),
		...bad('dryRun', ['perhaps', 2, {}]),
		...bad('timeoutSeconds', [...numbers, 0, 7201, 1e9]),
		...bad('moderationCheck', ['perhaps', 2, {}]),
		...bad('maxCostPerRun', [...numbers, 1e-11, 1e300]),
	]);
});

it('refuses what an image cannot be edited with', async () => {
	const box = { maskSource: 'box' };
	await expectRefusals(
		edit,
		{ resource: 'image', operation: 'edit' },
		[
			...bad('field', [
				'',
				'nothing',
				'text',
				'empty',
				'__proto__',
				'../data',
				'https://a.example/b.png',
				{},
				long,
				`data:image/png;base64,${png}`,
			]),
			...bad('source', ['disk', 'file', {}, long]),
			...bad(
				'url',
				[
					'',
					'a.png',
					'file:///etc/passwd',
					'javascript:alert(1)',
					'https://',
					'https://a.example/\nb',
					long,
					{},
					`data:image/png;base64,${png}`,
				],
				{ source: 'url' },
			),
			...bad('fileId', ['', 'file', 'resp_1', 'file-../x', 'file-a b', long, `file-${long}`, {}], {
				source: 'fileId',
			}),
			...bad('maskSource', ['lasso', {}, long]),
			...bad('maskField', ['', 'nothing', 'text', 'empty', {}, long], { maskSource: 'field' }),
			...bad('maskMeaning', ['red', {}], { maskSource: 'field' }),
			...bad('boxX', [...numbers, 101], box),
			...bad('boxY', [...numbers, 101], box),
			...bad('boxWidth', [...numbers, 0, 101, 95], box),
			...bad('boxHeight', [...numbers, 0, 101, 95], box),
			...bad('extendRatio', ['', 'wide', '16:0', '1000:1', long], { maskSource: 'extend' }),
			...bad('extendAnchor', ['middle of it', {}], { maskSource: 'extend' }),
			...bad('keepOutsideMask', ['perhaps', {}]),
			...bad('feather', ['', '  ', 'soft', -1, 81, NaN, {}, '0x8', long]),
			...bad('inputFidelity', ['extreme', {}], { model: 'gpt-image-1.5' }),
		],
		{ field: 'images', source: 'source', url: 'images', fileId: 'images' },
	);
});

it('refuses what a conversation cannot go on with', async () => {
	const session = { continueFrom: 'session' };
	const response = { continueFrom: 'response' };
	await expectRefusals(send, { resource: 'conversation', operation: 'send' }, [
		...bad('chatModel', ['', ' ', 'gpt-image-2', 'gpt 5.4', 'gpt-5.4\n1', long]),
		...bad('model', ['gpt-5.4']),
		...bad('action', ['draw', {}, long]),
		...bad('continueFrom', ['before', {}, long]),
		...bad('previousResponseId', ['', 'ig_1', 'resp 1', 'resp_1/../2', long, {}], response),
		...bad('sessionKey', ['', '  ', null, {}, 'x'.repeat(1_001)], session),
		...bad('reasoningEffort', ['hardest', {}]),
		...bad('imageCallId', ['resp_1', 'ig 1', 'ig_../x', long, {}]),
		...bad('onLostContext', ['shrug', {}]),
		...bad('finalQuality', ['ultra', {}]),
		...bad('webSearch', ['perhaps', 3]),
		...bad('instructions', [long, {}, ['be brief']]),
	]);
});
