/** The owner's own rows of the table, from a JSON file: a model or a price on the day it appears. */

import { GptImageError } from '../errors';
import { valuesOf } from './choices';
import { fieldsOf, listOf, type Fields } from './json';
import { schemaProblem, type JsonSchema } from './json-schema';
import type { ModelRows } from './model-table';
import {
	chatKinds,
	tokenKinds,
	type ChatModel,
	type ImageModel,
	type PriceRow,
	type Row,
} from './model-types';
import { parseSize } from './size';
import { excerpt } from './parameters';

const text = { type: 'string', pattern: '\\S' } as const;
const id = { type: 'string', pattern: '^[\\w.:/-]{1,100}$' } as const;
const day = { type: 'string', pattern: '^\\d{4}-\\d{2}-\\d{2}$' } as const;
const usd = { type: 'number', minimum: 0 } as const;
const some = (values: readonly string[]) =>
	({ type: 'array', items: { type: 'string', enum: values } }) as const;
const upTo = (maximum: number) => ({ type: 'integer', minimum: 1, maximum }) as const;

/** What may differ from the model that a row is like. */
const imageAbilities = {
	qualities: some(valuesOf('quality')),
	sizes: { type: 'array', items: { type: 'string', pattern: '^\\d{2,5}x\\d{2,5}$' } },
	backgrounds: some(valuesOf('background')),
	formats: some(['png', 'jpeg', 'webp', 'gif', 'svg']),
	complexities: some(valuesOf('complexity')),
	inputFidelities: some(valuesOf('inputFidelity')),
	markup: { type: 'boolean' },
	batches: { type: 'boolean' },
	maxImages: upTo(10),
	maxReferences: upTo(16),
	maxPartialImages: upTo(3),
	snapshots: { type: 'array', items: id },
	batchSuccessor: id,
	summary: text,
} as const satisfies Readonly<Record<string, JsonSchema>>;
const chatAbilities = {
	refusedEfforts: some(valuesOf('reasoningEffort')),
	aliases: { type: 'array', items: id },
} as const satisfies Readonly<Record<string, JsonSchema>>;

const prices = Object.fromEntries([...tokenKinds, ...chatKinds].map((kind) => [kind, usd]));

const rowSchema = {
	type: 'object',
	properties: {
		id: { ...id, description: 'As the service names the model' },
		like: {
			...id,
			description:
				'A known model with the same capabilities. Required unless the ID is that of a known model',
		},
		from: { ...day, description: 'First day, in UTC' },
		until: { ...day, description: 'Last day, in UTC' },
		successor: { ...id, description: 'The model to move to before the last day' },
		...imageAbilities,
		...chatAbilities,
		prices: {
			type: 'array',
			description:
				'All prices of the model, in USD per million tokens. The cost of a new model without prices is unknown',
			items: {
				type: 'object',
				properties: {
					from: day,
					until: day,
					...prices,
					source: text,
					checked: day,
				},
				required: ['from', 'source', 'checked'],
				additionalProperties: false,
			},
		},
	},
	required: ['id'],
	additionalProperties: false,
} as const satisfies JsonSchema;

/** The form of the file, published as docs/models.schema.json. */
export const modelsSchema = {
	type: 'object',
	properties: { $schema: text, models: { type: 'array', items: rowSchema } },
	required: ['models'],
	additionalProperties: false,
} as const satisfies JsonSchema;

/** A row that has passed the schema. */
type OwnRow = Fields & { readonly id: string };

function pricesOf<Kind extends string>(row: OwnRow): readonly PriceRow<Kind>[] {
	return listOf(row.prices).map((price) => {
		const { from, until, source, checked, ...usdPerMillion } = fieldsOf(price);
		return {
			name: `${row.id} (${String(checked)})`,
			usdPerMillion: usdPerMillion as PriceRow<Kind>['usdPerMillion'],
			from: String(from),
			...(until === undefined ? {} : { until: String(until) }),
			checked: String(checked),
			source: String(source),
		};
	});
}

/** What a model of its own does not take over from the one that it is like. */
const ofAnother = { from: undefined, until: undefined, successor: undefined, prices: [] };

function imageRow(row: OwnRow, base: Row<ImageModel>, file: string): Row<ImageModel> {
	const { like: _, sizes, prices, ...own } = row;
	const isSame = row.id === base.id;
	return {
		...base,
		...(isSame
			? {}
			: { ...ofAnother, snapshots: [], batchSuccessor: undefined, summary: `like ${base.id}` }),
		...own,
		...(sizes === undefined ? {} : { sizes: { rule: 'fixed', sizes: listOf(sizes).map(String) } }),
		...(prices === undefined ? {} : { prices: pricesOf(row) }),
		source: file,
		datesSource: file,
	};
}

function chatRow(row: OwnRow, base: Row<ChatModel>): Row<ChatModel> {
	const { like: _, prices, ...own } = row;
	return {
		...base,
		...(row.id === base.id ? {} : { ...ofAnother, aliases: [] }),
		...own,
		...(prices === undefined ? {} : { prices: pricesOf(row) }),
	};
}

const hasExactDecimals = (value: unknown): boolean =>
	typeof value !== 'number' || Number(value.toFixed(4)) === value;

/** What a schema cannot say: keys of the other kind of model, days that are none. */
function rowProblem(row: OwnRow, isImage: boolean): string | undefined {
	const other = Object.keys(isImage ? chatAbilities : imageAbilities);
	const key = other.find((name) => Object.hasOwn(row, name));
	const kind = isImage ? 'an image model' : 'a chat model';
	if (key !== undefined) return `"${key}" is not a key of ${kind}`;
	const size = listOf(row.sizes).find((one) => !parseSize(String(one)));
	if (size !== undefined) return `"sizes" has ${String(size)}`;
	const dated = [row, ...listOf(row.prices).map(fieldsOf)];
	for (const { from, until } of dated) {
		const wrong = [from, until].find(
			(one) => typeof one === 'string' && new Date(`${one}T00:00Z`).toJSON()?.slice(0, 10) !== one,
		);
		if (wrong !== undefined) return `${String(wrong)} is not a date`;
		if (typeof from === 'string' && typeof until === 'string' && until < from) {
			return `"until" ${until} is before "from" ${from}`;
		}
	}
	for (const price of listOf(row.prices).map(fieldsOf)) {
		const priced = (isImage ? chatKinds : tokenKinds).find((name) => Object.hasOwn(price, name));
		if (priced !== undefined) return `"${priced}" is not a price of ${kind}`;
		if (!Object.values(price).every(hasExactDecimals)) return 'a price has more than four decimals';
	}
	return undefined;
}

/**
 * @param file its name, for messages
 * @param known rows that the file adds to, or replaces
 * @throws invalid_environment naming the file and the row; nothing of the file is used then
 */
export function withOwnModels(json: string, file: string, known: ModelRows): ModelRows {
	const refuse = (problem: string): GptImageError =>
		new GptImageError(`${file}: ${problem}`, {
			code: 'invalid_environment',
			advice:
				'Correct the file that N8N_GPT_IMAGE_MODELS names: none of its rows is used until then. See docs/models.md in the repository of this package for its format.',
			billed: 'no',
		});
	let parsed: unknown;
	try {
		parsed = JSON.parse(json);
	} catch (error) {
		throw refuse(`it is not JSON (${error instanceof Error ? excerpt(error.message) : ''})`);
	}
	const { models } = fieldsOf(parsed);
	const outer = schemaProblem(modelsSchema, { ...fieldsOf(parsed), models: [] }, 'the file');
	if (outer !== undefined || !Array.isArray(models))
		throw refuse(outer ?? '"models" is not a list');
	const image = new Map(known.image.map((row) => [row.id, row]));
	const chat = new Map(known.chat.map((row) => [row.id, row]));
	for (const [index, value] of models.entries()) {
		const fields = fieldsOf(value);
		const name = typeof fields.id === 'string' ? ` (${excerpt(fields.id)})` : '';
		const refuseRow = (problem: string) => refuse(`row ${index + 1}${name}: ${problem}`);
		const problem = schemaProblem(rowSchema, value, 'the row');
		if (problem !== undefined) throw refuseRow(problem);
		const row = { ...fields, id: String(fields.id) };
		const like = typeof fields.like === 'string' ? fields.like : row.id;
		const imageBase = image.get(like);
		const chatBase = chat.get(like);
		if (!imageBase && !chatBase) {
			throw refuseRow(
				fields.like === undefined
					? '"like" is missing: which known model has the same capabilities?'
					: `"like" is ${excerpt(like)}, which is not a known model`,
			);
		}
		const wrong = rowProblem(row, imageBase !== undefined);
		if (wrong !== undefined) throw refuseRow(wrong);
		if (imageBase) image.set(row.id, imageRow(row, imageBase, file));
		if (chatBase) chat.set(row.id, chatRow(row, chatBase));
	}
	return { image: [...image.values()], chat: [...chat.values()] };
}
