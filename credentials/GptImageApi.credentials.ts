import type {
	IAuthenticateGeneric,
	Icon,
	ICredentialTestRequest,
	ICredentialType,
	INodeProperties,
} from 'n8n-workflow';
import { defaultBaseUrl } from '../core/api/client';

export class GptImageApi implements ICredentialType {
	name = 'gptImageApi';

	displayName = 'GPT Image API';

	icon: Icon = { light: 'file:../icons/gptImage.svg', dark: 'file:../icons/gptImage.dark.svg' };

	documentationUrl = 'https://github.com/n8n-nodes-gpt-image/n8n-nodes-gpt-image#credential';

	properties: INodeProperties[] = [
		{
			displayName: 'API Key',
			name: 'apiKey',
			type: 'string',
			typeOptions: { password: true },
			required: true,
			default: '',
			placeholder: 'e.g. sk-…',
			description: 'From platform.openai.com under API keys',
		},
		{
			displayName: 'Organization ID',
			name: 'organizationId',
			type: 'string',
			default: '',
			placeholder: 'e.g. org-…',
			description: 'Only needed when the key belongs to several organizations',
		},
		{
			displayName: 'Project ID',
			name: 'projectId',
			type: 'string',
			default: '',
			placeholder: 'e.g. proj_…',
			description: 'Only needed when usage should count for a project other than the default one',
		},
		{
			displayName: 'Base URL',
			name: 'baseUrl',
			type: 'string',
			default: defaultBaseUrl,
			description:
				'Where the API is: change it for a data-residency endpoint, a gateway or a compatible service',
		},
	];

	authenticate: IAuthenticateGeneric = {
		type: 'generic',
		properties: {
			headers: {
				Authorization: '=Bearer {{$credentials.apiKey}}',
				'OpenAI-Organization': '={{$credentials.organizationId || undefined}}',
				'OpenAI-Project': '={{$credentials.projectId || undefined}}',
			},
		},
	};

	test: ICredentialTestRequest = {
		request: {
			baseURL: '={{$credentials.baseUrl}}',
			url: '/models',
		},
	};
}
