import { n8nCommunityNodesPlugin } from '@n8n/eslint-plugin-community-nodes';
import classic from 'eslint-plugin-n8n-nodes-base';
import tseslint from 'typescript-eslint';

const typescript = { languageOptions: { parser: tseslint.parser } };
const classicRules = (name) => classic.configs[name].rules;

export default [
	{ ignores: ['dist/**', 'test/**', 'bench/**', '**/node_modules/**'] },
	n8nCommunityNodesPlugin.configs.recommendedWithoutN8nCloudSupport,
	{
		files: ['{nodes,credentials,core}/**/*.ts'],
		...typescript,
		plugins: { '@typescript-eslint': tseslint.plugin },
		rules: {
			'no-console': 'error',
			'@typescript-eslint/no-explicit-any': 'error',
			'@typescript-eslint/no-non-null-assertion': 'error',
		},
	},
	{
		files: ['nodes/**/*.ts'],
		plugins: { 'n8n-nodes-base': classic },
		rules: classicRules('nodes'),
	},
	{
		files: ['credentials/**/*.ts'],
		plugins: { 'n8n-nodes-base': classic },
		rules: classicRules('credentials'),
	},
	{
		files: ['package.json'],
		plugins: { 'n8n-nodes-base': classic },
		rules: {
			// The package is for self-hosted n8n: the OpenAI SDK and sharp are used at runtime, and sharp
			// is native, so it cannot be bundled. n8n's installer installs plain `dependencies`.
			'@n8n/community-nodes/no-runtime-dependencies': 'off',
		},
	},
];
