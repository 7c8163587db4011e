import { findChatModel, findImageModel } from '../core/rules/model';
import { labels } from '../core/rules/labels';
import { fieldsOf, type Fields } from '../core/rules/json';
import { isExpression } from './json';
import type { NewParameters } from './new-parameters';
import { isEnding, lastingModel, priceChecks, stopText } from './successor';

const ownTypes = /^n8n-nodes-gpt-image\.gptImage(?:Cost)?(?:Tool)?$/;

export const isOwnNode = (type: string): boolean => ownTypes.test(type);

/** Older exports and agents' tools have the ID alone. */
const idOf = (locator: unknown): string =>
	String(typeof locator === 'string' ? locator : (fieldsOf(locator).value ?? ''));

/** Options of 0.1.0 that are fields under 'Limits and Retries' now, where alone they are read. */
const nowLimits = [
	...['maxCostPerRun', 'onBudget', 'maxParallel', 'timeoutSeconds', 'maxRetries', 'reuse'],
	...['reuseHours', 'moderationCheck', 'fallback', 'fallbackField'],
] as const;

const modelIds = /[a-z][a-z0-9.-]*-[a-z0-9.-]+/g;

/** Puts the successors in the place of models that stop soon or have stopped. @param today day in UTC */
export function withLastingModels(parameters: Fields, today: string): NewParameters {
	const changes: string[] = [];
	const checks: string[] = [];
	const forBatches = parameters.delivery === 'batch' || parameters.batch === true;
	const moved: Record<string, unknown> = {};
	const options: Record<string, unknown> = { ...fieldsOf(parameters.options) };
	const limits: Record<string, unknown> = { ...fieldsOf(parameters.limits) };

	for (const name of nowLimits) {
		if (options[name] === undefined) continue;
		limits[name] ??= options[name];
		delete options[name];
		changes.push(`'${labels[name]}' is under 'Limits and Retries' now.`);
	}

	const successorOf = (id: string, label: string) => {
		const old = findImageModel(id);
		const row = old && lastingModel(old, today, forBatches);
		if (row) changes.push(`'${label}': ${stopText(id, old, today)}, now ${row.id}.`);
		return row;
	};
	const chatSuccessorOf = (id: string, label: string): string | undefined => {
		const row = findChatModel(id);
		if (!row || !isEnding(row, today)) return undefined;
		const stops = `'${label}': ${stopText(id, row, today)}`;
		if (row.successor === undefined) checks.push(`${stops}: choose another.`);
		else changes.push(`${stops}, now ${row.successor}.`);
		return row.successor;
	};
	const checkExpression = (text: string, label: string) => {
		for (const id of new Set(text.match(modelIds))) {
			const row = findImageModel(id) ?? findChatModel(id);
			if (row && isEnding(row, today)) {
				checks.push(`'${label}' is an expression that names ${id}: ${stopText(id, row, today)}.`);
			}
		}
	};

	const id = idOf(parameters.model);
	const row = isExpression(id) ? undefined : successorOf(id, labels.model);
	if (isExpression(id)) checkExpression(id, labels.model);
	if (row) {
		moved.model = { __rl: true, mode: 'list', value: row.id };
		checks.push(...priceChecks(row));
		if (options.inputFidelity !== undefined && row.inputFidelities.length === 0) {
			delete options.inputFidelity;
			changes.push(`'${labels.inputFidelity}' is left out: ${row.id} does not support it.`);
		}
	}

	const chatModel = idOf(parameters.chatModel);
	if (isExpression(chatModel)) checkExpression(chatModel, labels.chatModel);
	else {
		const value = chatSuccessorOf(chatModel, labels.chatModel);
		if (value !== undefined) moved.chatModel = { __rl: true, mode: 'list', value };
	}

	const { svgModel } = options;
	if (isExpression(svgModel)) checkExpression(svgModel, labels.svgModel);
	else if (typeof svgModel === 'string') {
		options.svgModel = chatSuccessorOf(svgModel.trim(), labels.svgModel) ?? svgModel;
	}

	const { fallback } = limits;
	if (isExpression(fallback)) checkExpression(fallback, labels.fallback);
	else if (typeof fallback === 'string') {
		const ids = fallback.split(',').map((one) => one.trim());
		limits.fallback = [
			...new Set(ids.map((one) => successorOf(one, labels.fallback)?.id ?? one)),
		].join(', ');
	}
	if (changes.length === 0) return { parameters, changes, checks };
	checks.push(
		"The days are OpenAI's. If the credential's 'Base URL' is another service, ask it for its own before you import this.",
	);
	return {
		parameters: {
			...parameters,
			...moved,
			...(parameters.options === undefined ? {} : { options }),
			...(Object.keys(limits).length === 0 ? {} : { limits }),
		},
		changes,
		checks,
	};
}
