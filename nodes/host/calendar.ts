/** Which models a run may use: the table's dates, or OpenAI's own where it has postponed them. */

import type { IExecuteFunctions } from 'n8n-workflow';
import { modelStatus, type Calendar } from '../../core/rules/calendar';
import { findChatModel, findImageModel } from '../../core/rules/model';
import { stopsOf } from '../../core/rules/model-list';
import { toText } from '../../core/rules/parameters';
import { readCalendar } from './connection';
import { listedModels } from './model-list';

/** @param models IDs as the user gave them, whose last days will be looked at */
export type CalendarFor = (models: readonly unknown[]) => Promise<Calendar>;

/**
 * It asks OpenAI for its dates once, and only if the table would refuse a model: a postponed date must
 * not stop a workflow. Without an answer, the table applies.
 */
export function calendarOf(context: IExecuteFunctions): CalendarFor {
	let plain: Promise<Calendar> | undefined;
	let asked: Promise<Calendar> | undefined;
	return async (models) => {
		const calendar = await (plain ??= readCalendar(context));
		const isOver = models.some((model) => {
			const id = toText(model).trim();
			const row = findImageModel(id) ?? findChatModel(id);
			return row && modelStatus(row, calendar.today) === 'stopped';
		});
		if (!isOver || !calendar.isOpenAI) return calendar;
		return await (asked ??= listedModels(context).then((listed) => ({
			...calendar,
			stops: stopsOf(listed ?? []),
		})));
	};
}
