/** Recognizes files by their content. */

import { convertToFile, encodedFile } from '../rules/encoded';
import { formatOf, rootOf } from '../rules/image-format';

/** The image formats that go to a decoder; everything else is refused unread. */
export type ImageKind = 'jpeg' | 'png' | 'webp' | 'gif' | 'tiff' | 'avif' | 'heic' | 'svg';

/** What a file is; `called` is what people call it, with its article: `a PDF document`. */
export type FileType =
	| { readonly kind: ImageKind; readonly called: string }
	| { readonly kind: undefined; readonly called: string; readonly advice: string };

const convert = 'Convert it to PNG or JPEG before this node.';
const wrongField =
	'Check the previous step: the binary field must hold the image itself. A failed download often leaves an error page under the name of the image.';

const names: Readonly<Record<ImageKind, string>> = {
	jpeg: 'a JPEG',
	png: 'a PNG',
	webp: 'a WebP',
	gif: 'a GIF',
	tiff: 'a TIFF',
	avif: 'an AVIF',
	heic: 'an HEIC',
	svg: 'an SVG',
};

const image = (kind: ImageKind): FileType => ({ kind, called: names[kind] });
const other = (called: string, advice: string): FileType => ({ kind: undefined, called, advice });

/** First bytes as Latin-1 text, at an offset, with what they say about the file. */
const signatures: readonly (readonly [offset: number, text: string, FileType])[] = [
	[0, 'II*\0', image('tiff')],
	[0, 'MM\0*', image('tiff')],
	[0, 'II+\0', image('tiff')],
	[0, 'MM\0+', image('tiff')],
	[0, 'BM', other('a BMP', convert)],
	[0, '8BPS', other('a Photoshop document', convert)],
	[0, '\0\0\x01\0', other('an icon file (ICO)', convert)],
	[0, '\xff\x0a', other('a JPEG XL', convert)],
	[4, 'JXL ', other('a JPEG XL', convert)],
	[4, 'jP  ', other('a JPEG 2000', convert)],
	[0, '%PDF', other('a PDF document', 'Turn the page into a PNG or JPEG before this node.')],
	[
		0,
		'PK\x03\x04',
		other('a ZIP archive', "Unpack it before this node, with n8n's 'Compression'."),
	],
	[0, '\x1f\x8b', other('a gzip archive', "Unpack it before this node, with n8n's 'Compression'.")],
];

/** Brands of the ISO base media container (ISO 14496-12, 23008-12), which HEIC, AVIF and MP4 share. */
function sniffContainer(bytes: Buffer): FileType {
	const length = Math.min(bytes.readUInt32BE(0), bytes.length, 256);
	const brands: string[] = [];
	for (let at = 8; at + 4 <= length; at += 4) brands.push(bytes.toString('latin1', at, at + 4));
	const has = (...wanted: readonly string[]) => brands.some((brand) => wanted.includes(brand));
	if (has('avif', 'avis')) return image('avif');
	if (has('heic', 'heix', 'heim', 'heis', 'hevc', 'hevx', 'mif1', 'msf1')) return image('heic');
	if (has('crx ')) return other('a camera raw file', convert);
	return other('a video', 'Extract a frame as PNG or JPEG before this node.');
}

function sniffText(bytes: Buffer): FileType {
	const head = bytes.toString('utf8', 0, 4096);
	if (/[\0-\x08\x0e-\x1f]/.test(head)) return other('of an unknown type', convert);
	const encoded = encodedFile(head);
	if (encoded !== undefined) return other(encoded, convertToFile);
	const root = rootOf(head);
	if (/^<svg[\s>]/i.test(root)) return image('svg');
	const isPage = /^<(?:!doctype\s+html|html|head|body)[\s>]/i.test(root);
	return other(isPage ? 'a web page (HTML)' : 'text', wrongField);
}

/** Recognizes a file, not empty, by its content; its name and MIME type are often wrong. */
export function sniff(bytes: Buffer): FileType {
	for (const [offset, text, found] of signatures) {
		if (bytes.toString('latin1', offset, offset + text.length) === text) return found;
	}
	const format = formatOf(bytes);
	if (format && format !== 'svg') return image(format);
	// What stands before a name of four letters has to be a length, not the beginning of a text.
	const start = bytes.toString('latin1', 0, 12);
	if (/^\0\0.{2}ftyp/s.test(start)) return sniffContainer(bytes);
	return sniffText(bytes);
}
