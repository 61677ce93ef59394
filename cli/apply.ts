import { readFile } from 'node:fs/promises';
import { parseAllDocuments } from 'yaml';
import { VigilError } from '../lib/errors.ts';
import type { KubeObject } from '../lib/kube/types.ts';
import type { Api } from './api/api.ts';
import { resourcePath } from '../lib/kube/resource-path.ts';
import type { ResourceType } from '../lib/kube/resources.ts';
import { connect } from './api/connect.ts';
import { clusterOptions } from './common-options.ts';
import type { KctlContext, Verb } from './command.ts';
import { print } from './output/print.ts';
import { resourceNamed } from './resource-argument.ts';

/** Manifests larger than this are refused: the API's own limit for one object is smaller. */
const MAX_MANIFEST_BYTES = 16 * 1024 * 1024;
const FIELD_MANAGER = 'kctl';

export const apply: Verb = {
  summary: 'make objects be as a file says (server-side apply)',
  usage: '-f FILE… [-n NAMESPACE] [--dry-run]',
  options: {
    ...clusterOptions,
    filename: { type: 'string', short: 'f', multiple: true, help: 'FILE to apply, - for standard input' },
    'dry-run': { type: 'boolean', help: 'let the server check, change nothing' },
    'force-conflicts': { type: 'boolean', help: 'take over fields that others manage' },
  },
  async run(args, context) {
    const objects = await readManifests(args.strings('filename'), context);
    const api = await connect(args, context);
    let failed = 0;
    for (const object of objects) {
      const label = `${object.kind?.toLowerCase()}/${object.metadata?.name}`;
      try {
        const query = new URLSearchParams({ fieldManager: FIELD_MANAGER, fieldValidation: 'Strict' });
        if (args.flag('dry-run')) query.set('dryRun', 'All');
        if (args.flag('force-conflicts')) query.set('force', 'true');
        const { resource, ...at } = placeOf(api, object, args.string('namespace'));
        await api.json('PATCH', `${resourcePath(resource, at)}?${query}`, object, {
          'content-type': 'application/apply-patch+yaml',
        });
        print(context, `${label} applied${args.flag('dry-run') ? ' (dry run)' : ''}`);
      } catch (error) {
        failed++;
        context.stderr.write(`${label}: ${error instanceof Error ? error.message : String(error)}\n`);
      }
    }
    return failed === 0 ? 0 : 1;
  },
};

/** Names an object of the API. */
export interface ObjectPlace {
  readonly resource: ResourceType;
  readonly namespace: string;
  readonly name: string;
}

/** Where an object of a manifest lives. Throws `USAGE` when the kind is unknown. */
export function placeOf(api: Api, object: KubeObject, namespaceOption: string | undefined): ObjectPlace {
  const namespace = object.metadata?.namespace ?? namespaceOption ?? api.namespace;
  return { resource: resourceNamed(object.kind ?? ''), namespace, name: object.metadata?.name ?? '' };
}

/** All objects of the files, Lists opened; throws `MANIFEST_INVALID` naming the file and document. */
export async function readManifests(files: readonly string[], context: KctlContext): Promise<KubeObject[]> {
  if (files.length === 0) throw new VigilError('USAGE', 'invalid', 'name the file: -f FILE');
  const objects: KubeObject[] = [];
  for (const file of files) {
    const text = file === '-' ? await readAll(context.stdin) : await readFile(file, 'utf8');
    if (text.length > MAX_MANIFEST_BYTES)
      throw new VigilError('MANIFEST_INVALID', 'invalid', `${file}: larger than ${MAX_MANIFEST_BYTES} bytes`);
    for (const [index, document] of parseAllDocuments(text).entries()) {
      const problem = document.errors[0];
      if (problem)
        throw new VigilError('MANIFEST_INVALID', 'invalid', `${file}, document ${index + 1}: ${problem.message}`);
      const value = document.toJS({ maxAliasCount: 100 }) as (KubeObject & { items?: KubeObject[] }) | null;
      if (value === null) continue;
      for (const object of value.kind === 'List' ? (value.items ?? []) : [value]) {
        if (!object.kind || !object.apiVersion || !object.metadata?.name) {
          throw new VigilError(
            'MANIFEST_INVALID',
            'invalid',
            `${file}, document ${index + 1}: needs apiVersion, kind and metadata.name`,
          );
        }
        objects.push(object);
      }
    }
  }
  return objects;
}

async function readAll(stream: NodeJS.ReadableStream): Promise<string> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of stream) {
    const bytes = Buffer.from(chunk);
    sizeBytes += bytes.length;
    if (sizeBytes > MAX_MANIFEST_BYTES)
      throw new VigilError('MANIFEST_INVALID', 'invalid', `standard input: larger than ${MAX_MANIFEST_BYTES} bytes`);
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString('utf8');
}
