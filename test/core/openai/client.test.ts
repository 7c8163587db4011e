import { checkConnection } from '../../../core/openai/connection';
import { startDouble, type Double } from '../../openai-double';
import { generate } from './generate';

let double: Double;
beforeAll(async () => (double = await startDouble()));
afterAll(async () => await double.close());
beforeEach(() => double.reset());

describe('the connection', () => {
	it('reads no OPENAI_ variable of the host', async () => {
		const names = {
			OPENAI_API_KEY: 'sk-host',
			OPENAI_BASE_URL: 'http://127.0.0.1:9/v1',
			OPENAI_ORG_ID: 'org-host',
			OPENAI_PROJECT_ID: 'proj-host',
			OPENAI_CUSTOM_HEADERS: 'Authorization: Bearer sk-bad\nX-Host: yes',
			OPENAI_LOG: 'debug',
		};
		const before = { ...process.env };
		Object.assign(process.env, names);
		try {
			await generate(double, 'a mug');
		} finally {
			for (const name of Object.keys(names)) delete process.env[name];
			Object.assign(process.env, before);
		}
		expect(double.journal).toHaveLength(1);
		expect(double.journal[0]).toMatchObject({ status: 200, organization: null });
	});

	it.each([
		['api.openai.com/v1', 'sk-x', 'baseUrl', 'Base URL'],
		['ftp://host/v1', 'sk-x', 'baseUrl', 'Base URL'],
		['http://', 'sk-x', 'baseUrl', 'Base URL'],
		['https://platform.openai.com/v1', 'sk-x', 'baseUrl', 'a web page'],
		['https://ai.azure.com/resource', 'x', 'baseUrl', 'a web page'],
		['https://me.openai.azure.com/openai?api-version=1', 'x', 'baseUrl', 'a query'],
		['https://me.openai.azure.com/openai/v1/images/edits?a=1', 'x', 'baseUrl', '/images/edits'],
		['https://api.openai.com/v1', '  ', 'apiKey', 'API Key'],
		['https://api.openai.com/v1', 'sk-a b', 'apiKey', 'API Key'],
	])('refuses the base URL %s with the key "%s"', (baseUrl, apiKey, param, name) => {
		const check = () => checkConnection({ apiKey, baseUrl });
		expect(check).toThrow(name);
		expect(check).toThrow(expect.objectContaining({ param }));
	});

	it.each(['', 'https://eu.api.openai.com/v1/'])(
		'sends no key of Azure to OpenAI, at "%s"',
		(baseUrl) => {
			const check = () => checkConnection({ apiKey: 'x', baseUrl, service: 'azure' });
			expect(check).toThrow("'Base URL' in the credential is OpenAI's");
		},
	);
});

describe('extra headers', () => {
	const check = (...values: Array<{ name: string; value: string }>) =>
		checkConnection({ apiKey: 'k', baseUrl: '', headers: { values } }).headers;

	it('are taken in lower case; empty rows are none', () => {
		const rows = [
			{ name: ' X-Title ', value: 'Shop' },
			{ name: '', value: '' },
		];
		expect(check(...rows)).toEqual({ 'x-title': 'Shop' });
	});

	it.each([
		['Authorization', 'x'],
		['api-key', 'x'],
		['Content-Type', 'x'],
		['Host', 'x'],
		['OpenAI-Project', 'x'],
		['x y', 'x'],
		['', 'x'],
		['x-empty', ' '],
		['x-accent', 'é'],
		['x-line', 'a\nb'],
	])('refuses "%s" with "%s"', (name, value) => {
		expect(() => check({ name, value })).toThrow("'Headers' in the credential");
	});

	it('refuses the same name twice', () => {
		const rows = [
			{ name: 'x-a', value: '1' },
			{ name: 'X-A', value: '2' },
		];
		expect(() => check(...rows)).toThrow('x-a twice');
	});
});
