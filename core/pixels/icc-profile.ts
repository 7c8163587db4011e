/**
 * @returns the name in an ICC colour profile, e.g. `Display P3` (ICC.1:2022, tag `desc`: `desc` in
 *   version 2, `mluc` in version 4); undefined when there is none or the data is broken
 */
export function profileName(icc: Buffer): string | undefined {
	const text = (at: number, length: number) => icc.toString('latin1', at, at + length);
	const number = (at: number) => (at + 4 <= icc.length ? icc.readUInt32BE(at) : 0);
	const tags = Math.min(number(128), 100);
	for (let tag = 132; tag < 132 + tags * 12; tag += 12) {
		if (text(tag, 4) !== 'desc') continue;
		const at = number(tag + 4);
		if (text(at, 4) === 'desc') return text(at + 12, Math.max(0, number(at + 8) - 1)) || undefined;
		if (text(at, 4) !== 'mluc') return undefined;
		const start = at + number(at + 24);
		const found = icc.subarray(start, start + number(at + 20));
		const utf16 = Buffer.from(found.subarray(0, found.length & ~1));
		return utf16.swap16().toString('utf16le') || undefined;
	}
	return undefined;
}

/**
 * Whether the numbers in an image with this profile are sRGB already. By name, which every sRGB
 * profile carries; converting such an image once more would change its pixels by rounding.
 */
export function isSrgb(icc: Buffer): boolean {
	const name = profileName(icc) ?? '';
	return /\bsRGB/i.test(name) && !/linear/i.test(name);
}
