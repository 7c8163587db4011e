import { checkConnection } from '../../../core/api/client';
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
		['https://api.openai.com/v1', '  ', 'apiKey', 'API Key'],
		['https://api.openai.com/v1', 'sk-a b', 'apiKey', 'API Key'],
	])('refuses the base URL %s with the key "%s"', (baseUrl, apiKey, param, name) => {
		const check = () => checkConnection({ apiKey, baseUrl, fetch });
		expect(check).toThrow(`'${name}'`);
		expect(check).toThrow(expect.objectContaining({ facts: expect.objectContaining({ param }) }));
	});
});
