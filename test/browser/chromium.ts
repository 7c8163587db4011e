import { chromium, type Page } from 'playwright-core';
import { ensurePackages } from '../services/apt';

export interface OpenBrowser {
	page: Page;
	close: () => Promise<void>;
}

/** The size of the window, in CSS pixels. */
export interface Window {
	width: number;
	height: number;
	/** Screen pixels per CSS pixel; 2 makes sharp images for a README. */
	scale?: number;
	colorScheme?: 'light' | 'dark';
}

/** As root, as in a container, Chromium's own sandbox cannot be used; and it must not call home. */
const ARGUMENTS = [
	'--no-sandbox',
	'--disable-gpu',
	'--disable-quic',
	'--no-first-run',
	'--disable-background-networking',
	'--disable-component-update',
	'--disable-sync',
];

/** Slow machines under load need seconds for what a desktop does at once. */
const PATIENCE_MS = 60_000;

/** Starts Debian's Chromium, installed when it is missing, or the browser that CHROMIUM names. */
export async function openBrowser({
	width,
	height,
	scale,
	colorScheme,
}: Window): Promise<OpenBrowser> {
	const own = process.env.CHROMIUM;
	if (own === undefined) await ensurePackages('chromium');
	const browser = await chromium.launch({
		executablePath: own ?? '/usr/bin/chromium',
		args: ARGUMENTS,
	});
	const page = await browser.newPage({
		viewport: { width, height },
		deviceScaleFactor: scale,
		colorScheme,
	});
	page.setDefaultTimeout(PATIENCE_MS);
	return { page, close: async () => await browser.close() };
}
