/** Turns an old node's call into the parameters of GPT Image. */

import { findImageModel } from '../core/rules/model';
import { labels } from '../core/rules/labels';
import type { ImageModel } from '../core/rules/model-types';
import { imageModels } from '../core/rules/model-table';
import { namedSizes } from '../core/rules/models';
import { brokenSizeRules, nearestLegal, parseSize, sizeText } from '../core/rules/size';
import type { Dimensions } from '../core/rules/request-types';
import type { Fields } from '../core/rules/json';
import { isExpression } from './json';
import type { OldCall } from './old-call';
import { lastingModel, priceChecks, stopText } from './successor';

/** What a person should know about a node that was changed. */
export interface Notes {
	/** What is different now. */
	readonly changes: string[];
	/** What had an effect and has no counterpart, or cannot be judged without the data. */
	readonly checks: string[];
}

/** The parameters of a node of GPT Image, and what is to be said of them. */
export interface NewParameters extends Notes {
	readonly parameters: Fields;
}

function model(id: string, today: string, { changes, checks }: Notes) {
	if (isExpression(id)) {
		checks.push(
			`'${labels.model}' is an expression: it must return a model that is still available, e.g. ${imageModels[0]?.id ?? ''}.`,
		);
		return { row: undefined, value: { __rl: true, mode: 'id', value: id } };
	}
	const old = findImageModel(id);
	if (old === undefined) {
		checks.push(`The model ${id} is not in GPT Image's table: it is sent as it is.`);
		return { row: undefined, value: { __rl: true, mode: 'id', value: id } };
	}
	const successor = lastingModel(old, today, false);
	const row = successor ?? old;
	if (successor) {
		changes.push(`'${labels.model}': ${stopText(id, old, today)}, now ${successor.id}.`);
		checks.push(...priceChecks(successor));
	}
	const value = successor?.id ?? id;
	return { row, value: { __rl: true, mode: value === row.id ? 'list' : 'id', value } };
}

/** The most similar of the named sizes that the model has. */
const nearestNamed = (row: ImageModel, oldSize: Dimensions): Dimensions =>
	nearestLegal(
		{
			rule: 'fixed',
			sizes: namedSizes.flatMap(({ size }) => {
				const named = parseSize(size);
				return named && brokenSizeRules(row.sizes, named).length === 0 ? [size] : [];
			}),
		},
		oldSize,
	);

function size(call: OldCall, row: ImageModel | undefined, { changes, checks }: Notes): Fields {
	const { size: old = call.model.startsWith('dall-e') ? '1024x1024' : 'auto' } = call;
	if (isExpression(old)) {
		checks.push(`'${labels.size}' is an expression: it must return WIDTHxHEIGHT or auto.`);
		return { size: old };
	}
	const oldSize = parseSize(String(old));
	if (!oldSize) {
		if (old !== 'auto') {
			checks.push(`'${labels.size}': ${String(old)} is not a valid size, now auto.`);
		}
		return { size: 'auto' };
	}
	const drawn =
		row && brokenSizeRules(row.sizes, oldSize).length > 0 ? nearestNamed(row, oldSize) : oldSize;
	if (drawn !== oldSize) {
		changes.push(
			`'${labels.size}': ${row?.id ?? ''} does not support ${sizeText(oldSize)}, now ${sizeText(drawn)}. To get the old size, scale it with n8n's Edit Image node.`,
		);
	}
	return namedSizes.some((named) => named.size === sizeText(drawn))
		? { size: sizeText(drawn) }
		: { size: 'custom', ...drawn };
}

const qualityOf: Readonly<Record<string, string>> = { standard: 'medium', hd: 'high' };

function quality({ model, quality }: OldCall, { changes, checks }: Notes): unknown {
	const isDallE = model.startsWith('dall-e');
	const old = quality ?? (model === 'dall-e-2' ? undefined : isDallE ? 'standard' : 'auto');
	if (old === undefined) {
		changes.push(`'${labels.quality}': DALL-E 2 had none, now low.`);
		return 'low';
	}
	if (isExpression(old)) {
		checks.push(`'${labels.quality}' is an expression: it must return auto, low, medium or high.`);
		return old;
	}
	const now = qualityOf[String(old)] ?? old;
	if (now !== old) changes.push(`'${labels.quality}': ${String(old)} is now ${String(now)}.`);
	// At 1024x1024 DALL-E 3 cost $0.04, and $0.08 in HD (OpenAI, 2024); see docs/costs.md for today's.
	if (old === 'hd') checks.push(`High costs more than HD did; Medium is closer to its price.`);
	return now;
}

function imagesAndMask({ images = [], maskField }: OldCall, { changes, checks }: Notes): Fields {
	const values = images.map((field) => ({ source: 'field', field }));
	if (values.length === 0) checks.push(`'${labels.images}' is empty: an edit needs at least one.`);
	if (maskField === undefined || maskField === '') return { images: { values } };
	changes.push(
		`'${labels.keepOutsideMask}' is on: outside the mask the image now stays exactly as it was.`,
	);
	return { images: { values }, maskSource: 'field', maskField, maskMeaning: 'alpha' };
}

const background = ({ background: old }: OldCall): Fields =>
	old === undefined || old === 'auto' ? {} : { background: old };

function fidelity(call: OldCall, row: ImageModel | undefined, { changes }: Notes): Fields {
	const { inputFidelity } = call;
	if (inputFidelity === undefined || inputFidelity === 'low') return {};
	if (!row || row.inputFidelities.length > 0) return { inputFidelity };
	changes.push(`'${labels.inputFidelity}' is left out: ${row.id} does not support it.`);
	return {};
}

function format({ unsentFormat, unsentCompression }: OldCall, { changes }: Notes): Fields {
	if (unsentFormat === undefined || unsentFormat === 'png') return {};
	changes.push(
		`'${labels.outputFormat}' ${String(unsentFormat)} takes effect now: the OpenAI node showed the field but always asked for PNG.`,
	);
	return {
		outputFormat: unsentFormat,
		...(unsentCompression === undefined ? {} : { outputCompression: unsentCompression }),
	};
}

/** The old node left out a 0 as well. */
const count = ({ count: old }: OldCall): Fields =>
	!old || old === 1 ? {} : { numberOfImages: old };

function item(call: OldCall, { changes, checks }: Notes): Fields {
	const { style, asUrl, outputField, endUser } = call;
	if (style !== undefined) {
		checks.push(
			`Style ${String(style)} has no counterpart: say in '${labels.prompt}' how the image should look.`,
		);
	}
	if (asUrl !== false) {
		checks.push(
			`It returned a URL; GPT Image returns the file in the binary field 'data'. Upload that instead.`,
		);
	}
	const hasUser = endUser !== undefined && endUser !== '';
	if (hasUser) changes.push(`User is now '${labels.safetyIdentifier}'.`);
	return {
		...(outputField === undefined || outputField === '' || outputField === 'data'
			? {}
			: { outputField }),
		...(hasUser ? { safetyIdentifier: endUser } : {}),
	};
}

/** @param today day in UTC, `YYYY-MM-DD`: models that stop soon or have stopped are replaced */
export function toNewParameters(call: OldCall, today: string): NewParameters {
	const notes: Notes = { changes: [], checks: [] };
	const { row, value } = model(call.model, today, notes);
	const parameters = {
		resource: 'image',
		operation: call.operation,
		model: value,
		...(call.operation === 'edit' ? imagesAndMask(call, notes) : {}),
		prompt: call.prompt ?? '',
		...size(call, row, notes),
		quality: quality(call, notes),
		options: {
			...count(call),
			...format(call, notes),
			...background(call),
			...fidelity(call, row, notes),
			...item(call, notes),
		},
	};
	return { parameters, ...notes };
}
