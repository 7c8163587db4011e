import { readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { hostFolder } from '../host/paths';

export type SheetRow = Record<string, string | number>;

interface Sheet {
	[cell: string]: unknown;
}

interface Workbook {
	SheetNames: string[];
	Sheets: Record<string, Sheet>;
}

/** What is used of SheetJS, the library by which n8n itself reads and writes workbooks. */
interface SheetJs {
	read: (content: Buffer) => Workbook;
	write: (workbook: Workbook, options: { type: 'buffer'; bookType: 'xlsx' }) => Buffer;
	utils: {
		sheet_to_json: (sheet: Sheet | undefined) => SheetRow[];
		json_to_sheet: (rows: SheetRow[]) => Sheet;
	};
}

const sheetJs = () => createRequire(join(hostFolder, 'package.json'))('@e965/xlsx') as SheetJs;

/** The rows of the first sheet of a workbook or of a CSV file. */
export async function readSheet(file: string): Promise<SheetRow[]> {
	const { read, utils } = sheetJs();
	const { SheetNames, Sheets } = read(await readFile(file));
	return utils.sheet_to_json(Sheets[SheetNames[0] ?? '']);
}

export async function writeWorkbook(file: string, rows: SheetRow[]): Promise<void> {
	const { write, utils } = sheetJs();
	const workbook = { SheetNames: ['Products'], Sheets: { Products: utils.json_to_sheet(rows) } };
	await writeFile(file, write(workbook, { type: 'buffer', bookType: 'xlsx' }));
}
