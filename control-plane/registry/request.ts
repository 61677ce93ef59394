import type { Emptied } from '../../lib/kube/schema.ts';

/** Who asks. */
export interface Requester {
  readonly name: string;
  readonly uid?: string | undefined;
  readonly groups: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>> | undefined;
}

export type FieldValidation = 'Ignore' | 'Warn' | 'Strict';

/** What a write is made with, besides the object. */
export interface WriteContext {
  readonly user: Requester;
  readonly dryRun: boolean;
  readonly fieldManager: string;
  readonly fieldValidation: FieldValidation;
  /** The object cannot be read and is to go all the same: with nobody asked who might hold it. */
  readonly isUnsafeDeletion?: boolean | undefined;
  /** Empty lists and maps that were sent: they are not kept, but messages show them. */
  emptied?: readonly Emptied[];
  /** Texts for `Warning` headers are added here. */
  readonly warnings: string[];
}

/** The control plane's own components. They are the server, so nobody asks RBAC about them. */
const systemUser: Requester = { name: 'system:vigil', groups: ['system:masters', 'system:authenticated'] };

export function systemContext(fieldManager = 'vigil', dryRun = false): WriteContext {
  return { user: systemUser, dryRun, fieldManager, fieldValidation: 'Ignore', warnings: [] };
}

const NODE_PREFIX = 'system:node:';

/** The node whose agent asks; `undefined` when it is not an agent. */
export function nodeOfAgent({ name, groups }: Requester): string | undefined {
  return groups.includes('system:nodes') && name.startsWith(NODE_PREFIX) ? name.slice(NODE_PREFIX.length) : undefined;
}
