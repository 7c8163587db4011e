/**
 * A process that takes one turn of a conversation, as a worker of n8n would: `baseUrl folder
 * executionId message`; prints what came of it as JSON.
 */
import path from 'node:path';
import { openSessions } from '../../core/api/sessions';
import type { TurnJob } from '../../core/job';
import { openBudget } from '../../core/money/budget';
import { openLedger } from '../../core/money/ledger';
import { run } from '../../core/run';
import { checkCalls } from '../../core/rules/calls';
import { checkTurn } from '../../core/rules/conversation';
import { checkPicture } from '../../core/rules/request';

async function main(): Promise<void> {
	const [baseUrl = '', folder = '', executionId = '', message = ''] = process.argv.slice(2);
	const request = checkPicture({
		operation: 'send',
		model: 'gpt-image-2',
		prompt: message,
		size: '1024x1024',
		quality: 'low',
	});
	const turn = checkTurn(request, {
		chatModel: 'gpt-5.4',
		attachments: 0,
		continueFrom: 'session',
		sessionKey: 'chat 42',
		runInBackground: true,
	});
	const job: TurnJob = {
		itemIndex: 0,
		request,
		turn,
		dryRun: false,
		timeoutMs: 60_000,
		moderationCheck: false,
	};
	const ledger = openLedger({
		folder: path.join(folder, 'ledger'),
		reuse: 'undelivered',
		reuseHours: 24,
		keepPrompts: true,
	});
	const [outcome] = await run([job], {
		connection: { apiKey: 'sk-test', baseUrl, fetch },
		calls: checkCalls({}),
		budget: openBudget({ folder: path.join(folder, 'budget'), key: 'test' }),
		onBudget: 'stop',
		prices: {},
		ledger,
		sessions: openSessions({ folder: path.join(folder, 'sessions') }),
		unkept: new Map(),
		placeOf: () => ({
			workflowId: 'workflow-1',
			nodeId: 'node-1',
			executionId,
			itemIndex: 0,
			runIndex: 0,
		}),
		stopOnError: true,
		signal: undefined,
		deliver: async (_job, { conversation, warnings, request: { reused } }) => ({
			conversation,
			warnings,
			reused,
		}),
	});
	console.log(
		JSON.stringify(outcome && 'items' in outcome ? outcome.items : String(outcome?.error)),
	);
	process.exit();
}

main().catch((error: unknown) => {
	console.error(error);
	process.exit(1);
});
