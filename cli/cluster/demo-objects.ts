import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { KubeObject } from '../../lib/kube/types.ts';
import { demoSecret } from './demo-secret.ts';

/** The workloads of the demo, for waiting and for `kctl break`. */
export const demoWorkloads = ['frontend', 'hello', 'auth'] as const;

/** The demo as `kctl up` applies it: the manifests of the chart's folder and a Secret of random bytes. `root` is the repository. */
export function demoObjects(root: string): readonly KubeObject[] {
  const text = readFileSync(join(root, 'charts/demo/manifests.yaml'), 'utf8');
  return [demoSecret(), ...parseAllDocuments(text).map((document) => document.toJS() as KubeObject)];
}
