import { openLedger } from '../../../core/money/ledger';
import {
	cleanUp,
	keyOf,
	newFolder,
	optionsFor,
	placeIn,
	somePicture,
	startChild,
} from './ledger-setup';

afterEach(cleanUp);
const fingerprint = keyOf('a turn');

it('gives the note of a call that was left to a later run, once', async () => {
	const folder = newFolder();
	const ledger = openLedger(optionsFor(folder));
	const mark = await ledger.reserve([fingerprint], placeIn('1'));
	await ledger.note(mark, 'resp_1');
	await ledger.abandon(mark);
	const later = await openLedger(optionsFor(folder)).take(fingerprint, placeIn('2'));
	expect(later).toMatchObject({ picture: undefined, warnings: [], begun: { note: 'resp_1' } });
	const again = await openLedger(optionsFor(folder)).take(fingerprint, placeIn('3'));
	expect(again.begun).toBeUndefined();
});

it('gives the note on when the run that got it dies as well', async () => {
	const folder = newFolder();
	const ledger = openLedger(optionsFor(folder));
	const mark = await ledger.reserve([fingerprint], placeIn('1'));
	await ledger.note(mark, 'resp_1');
	await ledger.abandon(mark);
	const child = await startChild();
	await child.call('open', optionsFor(folder));
	await child.call('take', fingerprint, placeIn('2'));
	expect((await ledger.take(fingerprint, placeIn('3'))).begun).toBeUndefined();
	await child.kill();
	const { begun } = await ledger.take(fingerprint, placeIn('3'));
	expect(begun?.note).toBe('resp_1');
});

it('gives no note of a call that is under way, nor of one that is over', async () => {
	const ledger = openLedger(optionsFor(newFolder()));
	const mark = await ledger.reserve([fingerprint], placeIn('1'));
	await ledger.note(mark, 'resp_1');
	expect((await ledger.take(fingerprint, placeIn('2'))).begun).toBeUndefined();
	await ledger.release(mark);
	expect((await ledger.take(fingerprint, placeIn('2'))).begun).toBeUndefined();
});

it('keeps notes apart by workflow', async () => {
	const ledger = openLedger(optionsFor(newFolder()));
	const mark = await ledger.reserve([fingerprint], placeIn('1'));
	await ledger.note(mark, 'resp_1');
	await ledger.abandon(mark);
	const elsewhere = placeIn('2', { workflowId: 'another' });
	expect((await ledger.take(fingerprint, elsewhere)).begun).toBeUndefined();
	expect((await ledger.take(fingerprint, placeIn('2'))).begun?.note).toBe('resp_1');
});

it('takes no copy where none is wanted, although copies are in use', async () => {
	const ledger = openLedger(optionsFor(newFolder(), { reuse: 'always' }));
	const kept = await ledger.keep(fingerprint, placeIn('1'), {
		bytes: somePicture(),
		record: { format: 'png' },
	});
	await ledger.hand(kept.entry ? [kept.entry] : []);
	await ledger.settle('1', 'delivered');
	expect((await ledger.take(fingerprint, placeIn('2'), false)).picture).toBeUndefined();
	expect((await ledger.take(fingerprint, placeIn('2'))).picture).toBeDefined();
});
