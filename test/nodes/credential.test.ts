import type { IHttpRequestOptions } from 'n8n-workflow';
import { GptImageApi } from '../../credentials/GptImageApi.credentials';

const authenticate = async (request: object, baseUrl = 'https://gateway.example/v1') =>
	await new GptImageApi().authenticate(
		{ service: 'openai', apiKey: 'gw-1', baseUrl },
		request as IHttpRequestOptions,
	);

it.each([
	[{ url: 'https://gateway.example/v1/models' }],
	[{ url: '/models', baseURL: 'https://gateway.example/v1' }],
	[{ uri: 'https://gateway.example/v2/anything' }],
])('sends the key to the service of the credential: %j', async (request) => {
	expect(await authenticate(request)).toMatchObject({ headers: { authorization: 'Bearer gw-1' } });
});

it.each([
	[{ url: 'https://other.example/v1/models' }],
	[{ url: 'http://gateway.example/v1/models' }],
	[{ url: 'https://gateway.example:444/' }],
	[{ url: 'https://gateway.example@other.example/' }],
	[{ url: 'https://other.example', baseURL: 'https://gateway.example/v1' }],
	[{ uri: 'https://other.example/', url: 'https://gateway.example/v1' }],
])('sends the key nowhere else: %j', async (request) => {
	await expect(authenticate(request)).rejects.toThrow('is sent to https://gateway.example only');
});
