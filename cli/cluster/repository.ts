import { join } from 'node:path';

/** The root of the repository that this program runs from. */
export const repositoryRoot = join(import.meta.dirname, '../..');
