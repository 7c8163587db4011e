/**
 * The AI label that shops, search engines and social networks read: the IPTC property
 * `DigitalSourceType` as XMP. https://www.iptc.org/std/photometadata/specification/ (2023.2),
 * https://cv.iptc.org/newscodes/digitalsourcetype/, Google Merchant Center's image_link.
 */

/** Made by a model alone, or with a photo or a logo of somebody's in it. */
export type DigitalSource = 'trained' | 'composite';

const terms: Readonly<Record<DigitalSource, string>> = {
	trained: 'trainedAlgorithmicMedia',
	composite: 'compositeWithTrainedAlgorithmicMedia',
};

/** @returns the XMP packet that says so; every format but GIF and SVG carries it */
export const labelXmp = (source: DigitalSource): string =>
	[
		'<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>',
		'<x:xmpmeta xmlns:x="adobe:ns:meta/">',
		'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">',
		'<rdf:Description rdf:about="" xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/">',
		`<Iptc4xmpExt:DigitalSourceType>http://cv.iptc.org/newscodes/digitalsourcetype/${terms[source]}</Iptc4xmpExt:DigitalSourceType>`,
		'</rdf:Description></rdf:RDF></x:xmpmeta>',
		'<?xpacket end="w"?>',
	].join('');

/** @returns the AI label in the XMP of a file; undefined for other sources, as a camera's */
export function labelIn(xmp: string | undefined): DigitalSource | undefined {
	// Nothing in it repeats without a bound before the end is found: XMP comes from whoever made the file.
	const term =
		/DigitalSourceType\b[^<]{1,60}?https?:\/\/cv\.iptc\.org\/newscodes\/digitalsourcetype\/(\w+)/i.exec(
			xmp ?? '',
		)?.[1];
	if (term === terms.composite) return 'composite';
	return term === terms.trained ? 'trained' : undefined;
}
