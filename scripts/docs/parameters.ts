/** The tables of docs/parameters.md: every parameter of all nodes, as the editor describes them. */

import path from 'node:path';
import type {
	IDisplayOptions,
	INodeProperties,
	INodeType,
	INodeTypeDescription,
} from 'n8n-workflow';

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

const valueOf = (value: unknown): string =>
	typeof value === 'object' ? JSON.stringify(value) : String(value);

/** A list of models or files shows what is chosen in it. */
function presetOf({ type, default: preset }: INodeProperties): string {
	const { value, values }: Record<string, unknown> = Object(preset);
	if (type === 'resourceLocator') return `\`${String(value)}\``;
	if (type === 'fixedCollection') return Array.isArray(values) ? 'binary field `data`' : '';
	return preset === '' ? '' : `\`${valueOf(preset)}\``;
}

function allowed(property: INodeProperties): string {
	if (property.type === 'boolean') return 'yes or no';
	if (property.type === 'multiOptions' && property.name === 'channels') {
		return 'ids as in [export](export.md#channels)';
	}
	if (property.type === 'options' || property.type === 'multiOptions') {
		return (property.options ?? [])
			.flatMap((option) => ('value' in option ? [`\`${String(option.value)}\``] : []))
			.join(', ');
	}
	const { minValue, maxValue } = property.typeOptions ?? {};
	if (property.type === 'number') {
		if (minValue !== undefined && maxValue !== undefined) return `${minValue} to ${maxValue}`;
		return minValue !== undefined ? `from ${minValue}` : 'number';
	}
	if (property.type === 'resourceLocator') return 'list or ID';
	if (property.type === 'fixedCollection') return 'files';
	return property.type === 'string' ? 'text' : property.type;
}

const isPositive = (value: unknown): boolean => JSON.stringify(value) === '{"_cnd":{"gt":0}}';

const anyOf = (values: readonly unknown[] | undefined): string =>
	(values ?? []).map((value) => (isPositive(value) ? 'above 0' : valueOf(value))).join(' or ');

/** Conditions that are not already said by the chapter. */
function condition(display: IDisplayOptions | undefined): string {
	const said = new Set(['resource', 'operation']);
	const shown = Object.entries(display?.show ?? {})
		.filter(([name]) => !said.has(name))
		.map(([name, values]) => {
			if (name === '@tool') return "when used as an AI agent's tool";
			return `when \`${name.replace('/', '')}\` is ${anyOf(values)}`;
		});
	const hidden = Object.entries(display?.hide ?? {}).map(([name, values]) =>
		name.endsWith('model') ? 'on models that support it' : `unless \`${name}\` is ${anyOf(values)}`,
	);
	// What depends on a field is hidden with that field.
	return shown.length > 0 ? shown.join('; ') : [...new Set(hidden)].join('; ');
}

function row(property: INodeProperties): string {
	const when = condition(property.displayOptions);
	const text = [property.description, property.hint, when && `(${when})`]
		.filter((part) => part)
		.join(' ');
	return `| ${property.displayName} | \`${property.name}\` | ${cell(allowed(property))} | ${cell(presetOf(property))} | ${cell(text)} |`;
}

const heading = ['| parameter | name | values | default | |', '| --- | --- | --- | --- | --- |'];

const isProperty = (option: object): option is INodeProperties =>
	'displayName' in option && 'name' in option && 'type' in option;

/** A field that is shown in two ways, required or not, has one row. */
function fieldsOf(properties: readonly INodeProperties[]): INodeProperties[] {
	const fields = properties.filter(({ type }) => type !== 'collection');
	return [...Map.groupBy(fields, ({ name }) => name).values()].flatMap(([field, ...others]) =>
		field ? [others.length > 0 ? { ...field, displayOptions: {} } : field] : [],
	);
}

const isLimits = ({ name }: INodeProperties): boolean => name === 'limits';

interface Table {
	/** Where its parameters are; undefined for those of the first screen. */
	readonly collection: string | undefined;
	readonly members: readonly INodeProperties[];
}

interface Chapter {
	readonly title: string;
	readonly hasLimits: boolean;
	readonly tables: readonly Table[];
}

function chapterOf(title: string, properties: readonly INodeProperties[]): Chapter {
	const collections = properties.filter((one) => one.type === 'collection' && !isLimits(one));
	return {
		title,
		hasLimits: properties.some(isLimits),
		tables: [
			{ collection: undefined, members: fieldsOf(properties) },
			...collections.map(({ displayName, options = [] }) => ({
				collection: displayName,
				members: options.filter(isProperty),
			})),
		],
	};
}

/** Rows that several operations have, by name: one table has them for all of these. */
type Shared = ReadonlyMap<string, string>;

const isSeveral = (operations: number): boolean => operations > 2;

function sharedOf(chapters: readonly Chapter[], collection: string | undefined): Shared {
	const tables = chapters
		.flatMap((chapter) => chapter.tables.filter((table) => table.collection === collection))
		.toSorted((one, other) => other.members.length - one.members.length);
	const rows = tables.flatMap(({ members }) => members.map((one) => [one.name, row(one)] as const));
	return new Map(
		[...Map.groupBy(rows, ([, text]) => text).values()].flatMap(([first, ...others]) =>
			first && isSeveral(1 + others.length) ? [first] : [],
		),
	);
}

const sharedTitles = { parameters: 'Shared parameters', options: 'Shared options' } as const;

function tableOf(
	{ collection, members }: Table,
	title: string,
	shared: Readonly<Record<keyof typeof sharedTitles, Shared>>,
): string[] {
	const kind = collection === undefined ? 'parameters' : 'options';
	const isShared = (member: INodeProperties): boolean =>
		shared[kind].get(member.name) === row(member);
	const own = members.filter((member) => !isShared(member));
	const others = members.filter(isShared).map(({ displayName }) => `_${displayName}_`);
	const link = `[${sharedTitles[kind].toLowerCase()}](#${sharedTitles[kind].toLowerCase().replace(' ', '-')})`;
	return [
		...(collection === undefined ? [] : ['', `### ${collection} of ${title}`]),
		...(own.length === 0 ? [] : ['', ...heading, ...own.map(row)]),
		...(others.length === 0
			? []
			: ['', `${own.length === 0 ? 'The' : 'And'} ${link}: ${others.join(', ')}.`]),
	];
}

const limitsLink = '[Limits and Retries](#limits-and-retries)';

/** Once for all operations, of which each has most. */
function limitsChapter(properties: readonly INodeProperties[]): string[] {
	const options = properties.filter(isLimits).flatMap((limits) => limits.options ?? []);
	const members = Map.groupBy(options.filter(isProperty), ({ name }) => name);
	return [
		'## Limits and Retries',
		'',
		'Of all operations that call a model. Describe and Review have no fallbacks, and only Generate and Edit have _Max Images per Batch_.',
		'',
		...heading,
		...[...members.values()].flatMap(([member]) => (member ? [row(member)] : [])),
		'',
	];
}

interface Operation {
	readonly resource: string | undefined;
	readonly operation: string;
	readonly title: string;
}

function operationsOf({ properties, displayName }: INodeTypeDescription): Operation[] {
	const resources = properties.find(({ name }) => name === 'resource')?.options ?? [];
	const nameOf = (resource: string | undefined): string | undefined =>
		resources.find((option) => 'value' in option && option.value === resource)?.name;
	if (!properties.some(({ name }) => name === 'operation')) {
		return [{ resource: undefined, operation: '', title: displayName }];
	}
	return properties
		.filter(({ name }) => name === 'operation')
		.flatMap((property) =>
			(property.options ?? []).flatMap((option) => {
				if (!('value' in option)) return [];
				const [resource] = property.displayOptions?.show?.resource ?? [];
				const shown = resource === undefined ? undefined : String(resource);
				return [
					{
						resource: shown,
						operation: String(option.value),
						title: [displayName, nameOf(shown), option.name].filter((part) => part).join(' > '),
					},
				];
			}),
		);
}

function shownFor(property: INodeProperties, { resource, operation }: Operation): boolean {
	const { show } = property.displayOptions ?? {};
	const matches = (values: unknown[] | undefined, value: string | undefined) =>
		values === undefined || value === undefined || values.includes(value);
	return (
		!['resource', 'operation'].includes(property.name) &&
		matches(show?.resource, resource) &&
		matches(show?.operation, operation)
	);
}

/** With its ending: tsx takes `GptImage.node` for a native module. */
function nodeOf(name: string): INodeType {
	const file = path.join(__dirname, `../../nodes/${name}/${name}.node.ts`);
	const loaded = require(file) as Readonly<Record<string, (new () => INodeType) | undefined>>;
	const Node = loaded[name];
	if (!Node) throw new Error(`${file} has no class ${name}`);
	return new Node();
}

export function parameterTables(): string {
	const nodes = ['GptImage', 'GptImageCost', 'GptImageExport', 'GptImageTrigger'].map(nodeOf);
	const chapters = nodes.flatMap(({ description }) =>
		operationsOf(description).map((operation) =>
			chapterOf(
				operation.title,
				description.properties.filter((property) => shownFor(property, operation)),
			),
		),
	);
	const shared = {
		parameters: sharedOf(chapters, undefined),
		options: sharedOf(chapters, 'Options'),
	};
	return [
		...limitsChapter(nodes.flatMap(({ description }) => description.properties)),
		`## ${sharedTitles.parameters}`,
		'',
		...heading,
		...shared.parameters.values(),
		'',
		`## ${sharedTitles.options}`,
		'',
		...heading,
		...shared.options.values(),
		'',
		...chapters.flatMap(({ title, tables, hasLimits }) => [
			`## ${title}`,
			...tables.flatMap((table) => tableOf(table, title, shared)),
			...(hasLimits ? ['', `And ${limitsLink}.`] : []),
			'',
		]),
	]
		.join('\n')
		.trimEnd();
}
