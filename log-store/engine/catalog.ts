import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { VigilError } from '../../lib/errors.ts';
import type { ComponentTemplate, IndexTemplate } from '../mapping/templates.ts';
import type { IndexInfo } from './index-store.ts';
import { syncDirectory } from './wal.ts';

/** Version of everything in the folder. Version 1 kept every document whole; there is no way to read it any more. */
export const FORMAT = 2;

/** What the store knows beside documents. */
export interface CatalogData {
  readonly version: typeof FORMAT;
  readonly clusterUuid: string;
  readonly indices: readonly IndexInfo[];
  readonly templates: readonly (readonly [string, IndexTemplate])[];
  readonly components: readonly (readonly [string, ComponentTemplate])[];
  readonly aliases: readonly (readonly [string, readonly string[]])[];
  /** Lifecycle policies and ingest pipelines: kept and given back, so that installers find what they installed. */
  readonly policies: readonly (readonly [string, unknown])[];
}

/** `undefined` for a new folder; throws when another version of the store wrote it. */
export function readCatalog(dir: string): CatalogData | undefined {
  let text: string;
  try {
    text = readFileSync(join(dir, 'catalog.json'), 'utf8');
  } catch {
    return undefined;
  }
  const catalog = JSON.parse(text) as Omit<CatalogData, 'version'> & { readonly version: number };
  if (catalog.version === FORMAT) return { ...catalog, version: FORMAT };
  throw new VigilError(
    'OTHER_FORMAT',
    'invalid',
    `${dir} was written by another version of the log store (format ${catalog.version}, this one reads ${FORMAT}): move it aside or start with an empty --data-dir`,
  );
}

/** Written aside, synced and renamed: after a crash there is the old or the new, whole. */
export function writeCatalog(dir: string, data: CatalogData): void {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const path = join(dir, 'catalog.json');
  const fd = openSync(`${path}.tmp`, 'w', 0o600);
  try {
    writeFileSync(fd, JSON.stringify(data));
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  renameSync(`${path}.tmp`, path);
  syncDirectory(dir);
}
