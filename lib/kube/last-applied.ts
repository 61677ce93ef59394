import { FieldSet } from './field-set.ts';
import { manageableChanges, manageableFields } from './managed-fields.ts';
import type { TypeRoot } from './merge-shape.ts';
import type { KubeObject } from './types.ts';

/** Where `kubectl apply` on the client's side keeps what it applied. */
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';
/** The one manager that goes on with what was applied on the client's side. */
const KUBECTL = 'kubectl';
/** A larger annotation would not be stored. */
const MAX_BYTES = 256 * 1024;

/**
 * The fields that kubectl applied on the client's side and that still have the value it gave them: applying on the server's side, it takes them over from whoever is
 * noted as their manager. Nothing for other managers.
 */
export function fieldsLastApplied(root: TypeRoot, live: KubeObject, manager: string, apiVersion: string): FieldSet {
  const text = manager === KUBECTL ? live.metadata?.annotations?.[LAST_APPLIED] : undefined;
  const last = text === undefined ? undefined : parsed(text);
  if (last?.apiVersion !== apiVersion) return FieldSet.empty;
  const { changed, removed } = manageableChanges(root, live, last);
  return manageableFields(root, last).difference(changed).difference(removed);
}

/** The annotation kept true: what kubectl applies on the server's side is what it applied last. Nothing is added where there was none. */
export function withLastApplied<T extends KubeObject>(result: T, config: T, manager: string): T {
  const annotations = result.metadata?.annotations;
  if (manager !== KUBECTL || annotations?.[LAST_APPLIED] === undefined) return result;
  const { [LAST_APPLIED]: _own, ...others } = config.metadata?.annotations ?? {};
  const { managedFields: _managed, ...metadata } = config.metadata ?? {};
  const last = `${JSON.stringify({ ...config, metadata: { ...metadata, annotations: others } })}\n`;
  const { [LAST_APPLIED]: _old, ...kept } = annotations;
  const updated = Buffer.byteLength(last) > MAX_BYTES ? kept : { ...kept, [LAST_APPLIED]: last };
  return { ...result, metadata: { ...result.metadata, annotations: updated } };
}

function parsed(text: string): KubeObject | undefined {
  try {
    const value = JSON.parse(text) as unknown;
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
