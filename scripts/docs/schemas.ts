/** Output schemas, by which n8n's editor shows an operation's fields before its first run. */

import path from 'node:path';
import ts from 'typescript';

const source = path.join(__dirname, '../../nodes/outputs.ts');

type Schema = Readonly<Record<string, unknown>>;

interface OutputSchema {
	readonly file: string;
	readonly text: string;
}

/** @returns the schema of every operation in `Outputs`, with the path where n8n looks for it */
export function outputSchemas(): OutputSchema[] {
	const program = ts.createProgram([source], {
		strict: true,
		target: ts.ScriptTarget.ES2023,
		module: ts.ModuleKind.Node16,
		moduleResolution: ts.ModuleResolutionKind.Node16,
		types: ['node'],
	});
	const checker = program.getTypeChecker();
	const outputs = program
		.getSourceFile(source)
		?.statements.filter(ts.isInterfaceDeclaration)
		.find(({ name }) => name.text === 'Outputs');
	if (!outputs) throw new Error(`${source} has no interface Outputs`);
	return checker
		.getTypeAtLocation(outputs)
		.getProperties()
		.map((operation) => {
			const schema = schemaOf(checker.getTypeOfSymbol(operation), checker);
			const [node, ...names] = operation.name.split('/');
			return {
				file: `nodes/${node}/__schema__/${['v1.0.0', ...names].join('/')}.json`,
				text: `${JSON.stringify({ ...schema, version: 1 }, null, 2)}\n`,
			};
		});
}

function schemaOf(type: ts.Type, checker: ts.TypeChecker): Schema {
	const all = type.isUnion() ? type.types : [type];
	const isNullable = all.some(({ flags }) => flags & ts.TypeFlags.Null);
	const [first] = all.filter(
		({ flags }) => !(flags & (ts.TypeFlags.Null | ts.TypeFlags.Undefined)),
	);
	const schema = first ? schemaOfOne(first, checker) : {};
	return isNullable ? { ...schema, type: [schema.type, 'null'] } : schema;
}

function schemaOfOne(type: ts.Type, checker: ts.TypeChecker): Schema {
	if (type.flags & ts.TypeFlags.StringLike) return { type: 'string' };
	if (type.flags & ts.TypeFlags.NumberLike) return { type: 'number' };
	if (type.flags & ts.TypeFlags.BooleanLike) return { type: 'boolean' };
	if (checker.isArrayLikeType(type)) {
		const element = checker.getIndexTypeOfType(type, ts.IndexKind.Number);
		return { type: 'array', items: element ? schemaOf(element, checker) : {} };
	}
	const members = checker.getPropertiesOfType(type);
	return {
		type: 'object',
		properties: Object.fromEntries(
			members.map((member) => [member.name, schemaOf(checker.getTypeOfSymbol(member), checker)]),
		),
	};
}
