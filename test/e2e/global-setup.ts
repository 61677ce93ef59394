import type { TestProject } from 'vitest/node';
import { startCluster } from '../support/cluster.ts';

declare module 'vitest' {
  interface ProvidedContext {
    readonly sharedCluster: { readonly name: string; readonly vigilHome: string };
  }
}

/** One cluster of three nodes with the demo for all e2e files: they use namespaces of their own and leave what they did not make as it was. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const cluster = await startCluster({ name: 'e2e', nodes: 3, demo: true });
  project.provide('sharedCluster', { name: cluster.name, vigilHome: cluster.vigilHome });
  return () => cluster.stop();
}
