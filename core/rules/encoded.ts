/**
 * Files that arrive as text: a data URL or base64, where a file, its field or an address is expected.
 * Many APIs answer so, and the step that converts it to a file is missing.
 */

/** What to do about it, in n8n's words. */
export const convertToFile =
	"Convert the text to a file before this node with n8n's 'Convert to File' (Move Base64 String to File). Of a data URL, use only the part after the comma.";

/** Base64 of the bytes that PNG, JPEG, WebP, GIF, TIFF, AVIF and HEIC, SVG and PDF begin with. */
const beginnings =
	/^(?:iVBORw0KGgo|\/9j\/|UklGR|R0lGOD|SUkq|TU0A|AAAA[\w+/][GWm2]Z0eX|PHN2Zy|PD94bWwg|JVBERi)/;
/** No name, URL or ID is so long in these characters only. */
const longBase64 = /^[\w+/\r\n-]{200,}={0,2}\s*$/;

/** @returns what people call it, e.g. `base64 text`; undefined when it is other text */
export function encodedFile(text: string): string | undefined {
	const head = text.slice(0, 1_000).replace(/^[\s"'\uFEFF]+/, '');
	if (/^data:[^,]{0,200},/i.test(head)) return 'the text of a data URL';
	const isFile = beginnings.test(head) && /^[\w+/=-]+\s*["']?\s*$/m.test(head);
	return isFile || longBase64.test(head) ? 'base64 text' : undefined;
}
