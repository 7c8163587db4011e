/** A process that answers in a session: `folder workflow key count`; prints its warnings as JSON. */
import { openSessions } from '../../../core/api/sessions';
import { keptTurn } from './sessions-made';

async function main(): Promise<void> {
	const [folder = '', workflowId = '', sessionKey = '', count = '0'] = process.argv.slice(2);
	const sessions = openSessions({ folder });
	const name = { workflowId, sessionKey };
	const warnings: string[] = [];
	for (let i = 0; i < Number(count); i++) {
		const last = (await sessions.turnsOf(name)).at(-1);
		const turn = keptTurn(`resp_${process.pid}_${i}`, {
			askedFrom: last?.responseId ?? null,
			turn: (last?.turn ?? 0) + 1,
		});
		warnings.push(...(await sessions.keep({ name, reset: false }, turn)));
	}
	console.log(JSON.stringify(warnings));
}

main().catch((error: unknown) => {
	console.error(error);
	process.exitCode = 1;
});
