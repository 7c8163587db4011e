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
	megapixels: 'Megapixels',
	message: 'Message',
	model: 'Model',
	moderation: 'Moderation',
	numberOfImages: 'Number of Images',
	outputCompression: 'Output Compression',
	outputField: 'Put Output in Field',
	outputFormat: 'Output Format',
	partialImages: 'Partial Images',
	prompt: 'Prompt',
	quality: 'Quality',
	safetyIdentifier: 'Safety Identifier',
	size: 'Size',
	timeoutSeconds: 'Timeout (Seconds)',
	width: 'Width',
} as const;

export type Parameter = keyof typeof labels;
