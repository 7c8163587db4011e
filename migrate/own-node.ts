import { findChatModel, findImageModel } from '../core/rules/model';
import { labels } from '../core/rules/labels';
import { fieldsOf, type Fields } from '../core/rules/json';
import { isExpression } from './json';
import type { NewParameters } from './new-parameters';
import { isEnding, lastingModel, priceChecks, stopText } from './successor';

const ownTypes = /^n8n-nodes-gpt-image\.gptImage(?:Cost)?(?:Tool)?$/;

export const isOwnNode = (type: string): boolean => ownTypes.test(type);

const modelIds = /[a-z][a-z0-9.-]*-[a-z0-9.-]+/g;

/** Puts the successors in the place of models that stop soon or have stopped. @param today day in UTC */
export function withLastingModels(parameters: Fields, today: string): NewParameters {
	const changes: string[] = [];
	const checks: string[] = [];
	const forBatches = parameters.delivery === 'batch';

	const nextOf = (id: string, label: string, isNamed = false): string => {
		const image = findImageModel(id);
		const old = image ?? findChatModel(id);
		if (!old || !isEnding(old, today)) return id;
		const stops = stopText(id, old, today);
		if (isNamed) {
			checks.push(`'${label}' is an expression that names ${id}: ${stops}.`);
			return id;
		}
		const row = image && lastingModel(image, today, forBatches);
		const next = image ? row?.id : old.successor;
		if (next === undefined) checks.push(`'${label}': ${stops}: choose another.`);
		else changes.push(`'${label}': ${stops}, now ${next}.`);
		if (row) checks.push(...priceChecks(row));
		return next ?? id;
	};
	/** @returns the models of a text, those that last in the place of others; an expression stays, and is told */
	const lasting = (text: unknown, label: string): unknown => {
		if (isExpression(text)) {
			for (const id of new Set(text.match(modelIds))) nextOf(id, label, true);
			return text;
		}
		if (typeof text !== 'string') return text;
		return [...new Set(text.split(',').map((id) => nextOf(id.trim(), label)))].join(', ');
	};
	const located = (locator: unknown, label: string): unknown => {
		const old = typeof locator === 'string' ? locator : fieldsOf(locator).value;
		const value = lasting(old, label);
		return value === old ? locator : { __rl: true, mode: 'list', value };
	};

	const options = parameters.options === undefined ? undefined : fieldsOf(parameters.options);
	const limits = parameters.limits === undefined ? undefined : fieldsOf(parameters.limits);
	const moved = {
		...parameters,
		model: located(parameters.model, labels.model),
		chatModel: located(parameters.chatModel, labels.chatModel),
		...(options && {
			options: { ...options, svgModel: lasting(options.svgModel, labels.svgModel) },
		}),
		...(limits && { limits: { ...limits, fallback: lasting(limits.fallback, labels.fallback) } }),
	};
	if (changes.length === 0) return { parameters, changes, checks };
	checks.push(
		"The days are OpenAI's. If the credential's 'Base URL' is another service, ask it for its own before you import this.",
	);
	return { parameters: moved, changes, checks };
}
