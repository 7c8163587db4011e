import { n8nCommunityNodesPlugin } from '@n8n/eslint-plugin-community-nodes';
import classic from 'eslint-plugin-n8n-nodes-base';
import tseslint from 'typescript-eslint';

const typescript = {
	languageOptions: {
		parser: tseslint.parser,
		parserOptions: { extraFileExtensions: ['.json'] },
	},
};
// Classic rules that cannot hold in a community package; n8n's package scanner leaves them out as well.
const notForCommunity = new Set([
	// By its own text only for nodes inside n8n's repository, where the URL is a slug.
	'n8n-nodes-base/cred-class-field-documentation-url-miscased',
	// Want the text 'main', which @n8n/community-nodes/node-connection-type-literal forbids.
	'n8n-nodes-base/node-class-description-inputs-wrong-regular-node',
	'n8n-nodes-base/node-class-description-outputs-wrong',
]);
const classicRules = (set) =>
	Object.fromEntries(
		Object.entries(classic.configs[set].rules).filter(([name]) => !notForCommunity.has(name)),
	);

export default [
	{ ignores: ['dist/**', 'test/**', 'scripts/**', 'bench/**', '**/node_modules/**'] },
	n8nCommunityNodesPlugin.configs.recommendedWithoutN8nCloudSupport,
	{
		files: ['{nodes,credentials,core,migrate}/**/*.ts'],
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
		...typescript,
		plugins: { 'n8n-nodes-base': classic },
		rules: {
			...classicRules('community'),
			// The package is for self-hosted n8n: the OpenAI SDK and sharp are used at runtime, and sharp
			// is native, so it cannot be bundled. n8n's installer installs plain `dependencies`.
			'@n8n/community-nodes/no-runtime-dependencies': 'off',
		},
	},
];
