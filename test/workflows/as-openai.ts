import axios from 'axios';
import type { Double } from '../openai-double';

/** OpenAI's own address, for what holds there alone. */
export const openAIUrl = 'https://api.openai.com/v1';

/** Has the double answer what n8n sends to OpenAI's own address. */
export function answerAsOpenAI(double: Double): void {
	axios.interceptors.request.use((config) => ({
		...config,
		url: config.url?.replace(openAIUrl, double.url),
	}));
}

/** Sets the clock of this test file to noon of a day; only the date, no timer. */
export function setDay(day: string): void {
	jest.useFakeTimers({
		now: Date.parse(`${day}T12:00:00Z`),
		doNotFake: [
			'hrtime',
			'nextTick',
			'performance',
			'queueMicrotask',
			'setImmediate',
			'clearImmediate',
			'setInterval',
			'clearInterval',
			'setTimeout',
			'clearTimeout',
		],
	});
}
