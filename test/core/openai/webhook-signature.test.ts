import { createHmac } from 'node:crypto';
import { isSigned } from '../../../core/openai/webhook-signature';

const secret = `whsec_${Buffer.from('a secret of tests').toString('base64')}`;
const body = Buffer.from('{"type":"batch.completed","text":"caf\\u00e9"}');
const AT = 1_764_000_000;

const sign = (key: Buffer | string, text: Buffer | string = body): string =>
	`v1,${createHmac('sha256', key).update(`wh_1.${AT}.`).update(text).digest('base64')}`;
const good = sign('a secret of tests');
const headers = {
	'webhook-id': 'wh_1',
	'webhook-timestamp': String(AT),
	'webhook-signature': good,
};

const isGood = (change: object = {}, more: { key?: string; at?: number; bytes?: Buffer } = {}) =>
	isSigned(
		more.bytes ?? body,
		{ ...headers, ...change },
		more.key ?? secret,
		(more.at ?? AT) * 1000,
	);

it.each([
	['one signature', {}, {}],
	['299 seconds later', {}, { at: AT + 299 }],
	['299 seconds before', {}, { at: AT - 299 }],
	['the second of two', { 'webhook-signature': `${sign('old')} ${good}` }, {}],
	['behind another version', { 'webhook-signature': `v2,AAAA ${good}` }, {}],
	['a secret without prefix', { 'webhook-signature': sign('plain') }, { key: 'plain' }],
	[
		'bytes that are no text',
		{ 'webhook-signature': sign('a secret of tests', Buffer.from([0xff, 0x00])) },
		{ bytes: Buffer.from([0xff, 0x00]) },
	],
])('is signed: %s', (_what, change, more) => {
	expect(isGood(change, more)).toBe(true);
});

it.each([
	['another secret', {}, { key: 'whsec_b3RoZXI=' }],
	['an empty secret', { 'webhook-signature': sign('') }, { key: '' }],
	['an empty key', { 'webhook-signature': sign('') }, { key: 'whsec_' }],
	['301 seconds later', {}, { at: AT + 301 }],
	['301 seconds before', {}, { at: AT - 301 }],
	['another version only', { 'webhook-signature': good.replace('v1', 'v2') }, {}],
	['no version', { 'webhook-signature': good.slice(3) }, {}],
	['no signature', { 'webhook-signature': undefined }, {}],
	['no ID', { 'webhook-id': undefined }, {}],
	['another ID', { 'webhook-id': 'wh_2' }, {}],
	['no time', { 'webhook-timestamp': undefined }, {}],
	['a time that is none', { 'webhook-timestamp': `${AT}.0` }, {}],
	['a list for a header', { 'webhook-signature': [good] }, {}],
	[
		'the same JSON, serialized again',
		{},
		{ bytes: Buffer.from(JSON.stringify(JSON.parse(body.toString()))) },
	],
])('is not signed: %s', (_what, change, more) => {
	expect(isGood(change, more)).toBe(false);
});
