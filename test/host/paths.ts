import { resolve } from 'node:path';

export const repository = resolve(__dirname, '../..');
export const hostFolder = __dirname;
export const hostModules = resolve(hostFolder, 'node_modules');

/** What the demo and the development editor keep between runs; git-ignored. */
export const cacheFolder = resolve(repository, '.cache');
