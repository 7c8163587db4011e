import {
	checkDocument,
	checkDocumentsTogether,
	isDocumentUrl,
	type DocumentFile,
} from '../../../core/rules/documents';

const file = (more: Partial<DocumentFile>): DocumentFile => ({
	bytes: Buffer.from('name,price\nmug,12\n'),
	name: 'prices.csv',
	mimeType: 'text/csv',
	label: '\'Attachments\' 2 (field "list")',
	...more,
});

it.each([
	['brief.pdf', 'application/octet-stream', 'brief.pdf', 'application/pdf'],
	['Prices Q4.CSV', '', 'Prices Q4.csv', 'text/csv'],
	['', 'text/plain; charset=utf-8', 'document.txt', 'text/plain'],
	[
		'letter',
		'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
		'letter.docx',
		'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
	],
	['../../x/ev:il?.md', 'text/markdown', '..-..-x-ev-il-.md', 'text/markdown'],
])('%j of type %j goes as %j', (name, mimeType, fileName, sent) => {
	expect(checkDocument(file({ name, mimeType }))).toMatchObject({
		kind: 'bytes',
		fileName,
		mimeType: sent,
	});
});

it('refuses an empty file, naming its place', () => {
	expect(() => checkDocument(file({ bytes: Buffer.alloc(0) }))).toThrow(
		'\'Attachments\' 2 (field "list"): "prices.csv" is empty',
	);
});

it('refuses a PDF of 60 MB', () => {
	const bytes = Buffer.alloc(60 * 2 ** 20);
	expect(() => checkDocument(file({ bytes, name: 'catalogue.pdf' }))).toThrow(
		'"catalogue.pdf" has 60.0 MB',
	);
});

it('refuses what OpenAI does not read', () => {
	expect(() =>
		checkDocument(file({ name: 'setup.exe', mimeType: 'application/x-msdownload' })),
	).toThrow(
		'"setup.exe" is neither an image nor a document that OpenAI supports (application/x-msdownload)',
	);
});

it('counts the documents of a message together', () => {
	const bytes = Buffer.alloc(30 * 2 ** 20);
	const document = { kind: 'bytes', bytes, mimeType: 'text/plain', fileName: 'a.txt' } as const;
	expect(() => checkDocumentsTogether([document])).not.toThrow();
	expect(() => checkDocumentsTogether([document, document])).toThrow('have 60.0 MB in total');
});

it('tells documents at URLs by their path', () => {
	expect(isDocumentUrl('https://example.com/files/brief.PDF?download=1')).toBe(true);
	expect(isDocumentUrl('https://example.com/photo.jpg')).toBe(false);
	expect(isDocumentUrl('https://example.com/?file=brief.pdf')).toBe(false);
});
