import type { Response, ResponseStreamEvent } from 'openai/resources/responses/responses';
import { sseEvent } from '../routes/stream';
import type { ApiResponse } from './store';

/** The SDK's event types without what the log or the SDK itself adds. */
type Travelling<Event> = Event extends { type: string }
	? Omit<Event, 'sequence_number' | 'response'> &
			(Event extends { response: Response } ? { response: ApiResponse } : unknown)
	: never;

/** The events of one response in order, kept so that a stream can be taken up again. */
export class EventLog {
	private readonly events: string[] = [];
	private ended = false;
	private waiting: (() => void)[] = [];

	add(event: Travelling<ResponseStreamEvent>): void {
		const numbered = Object.assign({ ...event }, { sequence_number: this.events.length });
		this.events.push(sseEvent(numbered));
		this.wake();
	}

	end(): void {
		this.ended = true;
		this.wake();
	}

	/** The events from that number on, as server-sent text, as long as they come. */
	async *from(first: number): AsyncGenerator<{ text: string; last: boolean }> {
		for (let i = first; ; i++) {
			while (i >= this.events.length && !this.ended) {
				await new Promise<void>((resolve) => this.waiting.push(resolve));
			}
			const text = this.events[i];
			if (text === undefined) return;
			yield { text, last: this.ended && i === this.events.length - 1 };
		}
	}

	private wake(): void {
		for (const resolve of this.waiting.splice(0)) resolve();
	}
}
