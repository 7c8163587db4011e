import fs from 'node:fs';
import path from 'node:path';
import { GptImageError } from '../../../core/errors';
import { openLedger } from '../../../core/money/ledger';
import { cleanUp, keyOf, newFolder, optionsFor, placeIn } from './ledger-setup';

afterEach(cleanUp);

const cat = keyOf('a cat');
const dog = keyOf('a dog');

describe('permanent refusals', () => {
	const failure = (retryable: boolean, code = 'moderation_blocked'): GptImageError =>
		new GptImageError('Your request was rejected by the safety system', {
			code,
			advice: 'Change the prompt.',
			status: 400,
			requestId: 'req_9',
			retryable,
			billed: 'no',
			cause: new Error('secret'),
		});

	it('are known again in the same execution only', async () => {
		const ledger = openLedger(optionsFor(newFolder()));
		await ledger.refuse(cat, placeIn('7'), failure(false));
		const known = await ledger.refusal(cat, placeIn('7'));
		expect(known?.message).toBe('Your request was rejected by the safety system');
		expect(known?.facts).toMatchObject({ code: 'moderation_blocked', status: 400, billed: 'no' });
		expect(await ledger.refusal(dog, placeIn('7'))).toBeUndefined();
		expect(await ledger.refusal(cat, placeIn('8'))).toBeUndefined();
		expect(await ledger.refusal(cat, placeIn('7', { itemIndex: 1 }))).toBeUndefined();
	});

	it('are forgotten with their execution, on disk too', async () => {
		const folder = newFolder();
		const ledger = openLedger(optionsFor(folder));
		await ledger.refuse(cat, placeIn('7'), failure(false));
		const files = fs.readdirSync(path.join(folder, 'refused'));
		expect(files).toHaveLength(1);
		expect(fs.readFileSync(path.join(folder, 'refused', files[0] ?? ''), 'utf8')).not.toContain(
			'secret',
		);
		await ledger.settle('7', 'returned');
		expect(await ledger.refusal(cat, placeIn('7'))).toBeUndefined();
		expect(fs.readdirSync(path.join(folder, 'refused'))).toEqual([]);
	});

	it('do not include what may succeed later, nor a stop by the user', async () => {
		const ledger = openLedger(optionsFor(newFolder()));
		await ledger.refuse(cat, placeIn('7'), failure(true));
		await ledger.refuse(cat, placeIn('7'), failure(false, 'aborted'));
		expect(await ledger.refusal(cat, placeIn('7'))).toBeUndefined();
	});
});
