/** Passes values of several producers to one consumer; a producer waits until its value was consumed. */
export class Channel<T> {
	private readonly waiting: Array<{ readonly value: T; readonly done: () => void }> = [];
	private wake: () => void = () => undefined;
	private isClosed = false;

	/** Resolves when the consumer asks for the next value, or has stopped. */
	async put(value: T): Promise<void> {
		if (this.isClosed) return;
		await new Promise<void>((done) => {
			this.waiting.push({ value, done });
			this.wake();
		});
	}

	close(): void {
		this.isClosed = true;
		this.wake();
	}

	/** Ends when the channel is closed and empty. */
	async *values(): AsyncGenerator<T, void, void> {
		try {
			for (;;) {
				const next = this.waiting[0];
				if (next) {
					yield next.value;
					this.waiting.shift();
					next.done();
				} else if (this.isClosed) {
					return;
				} else {
					await new Promise<void>((resolve) => {
						this.wake = resolve;
					});
				}
			}
		} finally {
			this.isClosed = true;
			for (const { done } of this.waiting.splice(0)) done();
		}
	}
}
