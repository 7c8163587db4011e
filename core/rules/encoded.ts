/**
 * Files that arrive as text: a data URL or base64, where a file, its field or an address is expected.
 * Many APIs answer so, and the step that converts it to a file is missing.
 */

/** What to do about it, in n8n's words. */
export const convertToFile =
	"Convert the text to a file before this node with n8n's 'Convert to File' (Move Base64 String to File). Of a data URL, use only the part after the comma.";

/** Base64 of the bytes that files begin with. */
const beginnings: readonly (readonly [pattern: RegExp, kind: string])[] = [
	[/^iVBORw0KGgo/, 'a PNG'],
	[/^\/9j\//, 'a JPEG'],
	[/^UklGR/, 'a WebP'],
	[/^R0lGOD/, 'a GIF'],
	[/^(?:SUkq|TU0A)/, 'a TIFF'],
	[/^AAAA[\w+/][GWm2]Z0eX/, 'an AVIF or HEIC'],
	[/^(?:PHN2Zy|PD94bWwg)/, 'an SVG'],
	[/^JVBERi/, 'a PDF'],
];
/** No name, URL or ID is so long in these characters only. */
const longBase64 = /^[\w+/\r\n-]{200,}={0,2}\s*$/;

/** @returns what people call it, e.g. `base64 text of a PNG`; undefined when it is other text */
export function encodedFile(text: string): string | undefined {
	const head = text.slice(0, 1_000).replace(/^[\s"'\uFEFF]+/, '');
	if (/^data:[^,]{0,200},/i.test(head)) return 'the text of a data URL';
	const kind = beginnings.find(([pattern]) => pattern.test(head))?.[1];
	if (kind !== undefined && /^[\w+/=-]+\s*["']?\s*$/m.test(head)) return `base64 text of ${kind}`;
	return longBase64.test(head) ? 'base64 text' : undefined;
}
