import path from 'node:path';
import type {
	IDisplayOptions,
	INodeProperties,
	INodeType,
	INodeTypeDescription,
} from 'n8n-workflow';
/** docs/parameters.md: every parameter of both nodes, as the editor describes them. */

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

const valueOf = (value: unknown): string =>
	typeof value === 'object' ? JSON.stringify(value) : String(value);

function allowed(property: INodeProperties): string {
	if (property.type === 'boolean') return 'yes or no';
	if (property.type === 'options') {
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
	return property.type === 'string' ? 'text' : property.type;
}

/** Conditions that are not already said by the chapter. */
function condition(display: IDisplayOptions | undefined): string {
	const said = new Set(['resource', 'operation']);
	const shown = Object.entries(display?.show ?? {})
		.filter(([name]) => !said.has(name))
		.map(([name, values]) => `when \`${name}\` is ${(values ?? []).map(valueOf).join(' or ')}`);
	const hidden = Object.keys(display?.hide ?? {}).map((name) =>
		name.endsWith('model') ? 'on models that take it' : `unless \`${name}\` says otherwise`,
	);
	return [...shown, ...new Set(hidden)].join('; ');
}

function row(property: INodeProperties): string {
	const when = condition(property.displayOptions);
	const text = [property.description, property.hint, when && `(${when})`]
		.filter((part) => part)
		.join(' ');
	return `| ${property.displayName} | \`${property.name}\` | ${cell(allowed(property))} | ${cell(`\`${valueOf(property.default)}\``)} | ${cell(text)} |`;
}

const heading = ['| parameter | name | values | default | |', '| --- | --- | --- | --- | --- |'];

const isProperty = (option: object): option is INodeProperties =>
	'displayName' in option && 'name' in option && 'type' in option;

function chapter(title: string, properties: readonly INodeProperties[]): string[] {
	const options = properties.find(({ name }) => name === 'options');
	return [
		`## ${title}`,
		'',
		...heading,
		...properties.filter(({ name }) => name !== 'options').map(row),
		...(options
			? [
					'',
					`### Options of ${title}`,
					'',
					...heading,
					...(options.options ?? []).filter(isProperty).map(row),
				]
			: []),
		'',
	];
}

interface Operation {
	readonly resource: string | undefined;
	readonly operation: string;
	readonly title: string;
}

function operationsOf({ properties, displayName }: INodeTypeDescription): Operation[] {
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
						title: [displayName, shown, option.name].filter((part) => part).join(' > '),
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

export function parametersPage(): string {
	const nodes = [nodeOf('GptImage'), nodeOf('GptImageCost')];
	return [
		'# Parameters',
		'',
		'Made from the code by `npm run docs`. Every field takes an expression, except Resource and Operation.',
		'',
		...nodes.flatMap(({ description }) =>
			operationsOf(description).flatMap((operation) =>
				chapter(
					operation.title,
					description.properties.filter((property) => shownFor(property, operation)),
				),
			),
		),
	].join('\n');
}
