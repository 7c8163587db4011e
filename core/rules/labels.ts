/**
 * Display names of the node's parameters. The editor's fields and the messages of the checks both
 * take them from here, so that a message names the field as the user sees it.
 */
export const labels = {
	action: 'Action',
	aspectRatio: 'Aspect Ratio',
	attachments: 'Attachments',
	background: 'Background',
	chatModel: 'Chat Model',
	complexity: 'Complexity',
	dryRun: 'Dry Run',
	fileName: 'File Name',
	height: 'Height',
	images: 'Images',
	inputFidelity: 'Input Fidelity',
	keepInput: 'Keep Input Fields',
	keepPartials: 'Keep Partial Images',
	keepPrompts: 'Keep Prompts',
	ledgerFolder: 'Folder of Paid Pictures',
	megapixels: 'Megapixels',
	message: 'Message',
	model: 'Model',
	moderation: 'Moderation',
	numberOfImages: 'Number of Images',
	onBudget: 'On Budget Limit',
	outputCompression: 'Output Compression',
	outputField: 'Put Output in Field',
	outputFormat: 'Output Format',
	partialImages: 'Partial Images',
	prices: 'Prices',
	prompt: 'Prompt',
	quality: 'Quality',
	reuse: 'Reuse Paid Pictures',
	reuseHours: 'Reuse Hours',
	safetyIdentifier: 'Safety Identifier',
	size: 'Size',
	timeoutSeconds: 'Timeout (Seconds)',
	width: 'Width',
} as const;

export type Parameter = keyof typeof labels;
