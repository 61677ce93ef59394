import { isEqualJson, type ApiObject } from '../registry/api-object.ts';

/** A webhook or a policy that has seen an object and wants to see it once more when others have changed it since. */
export interface Reinvocable {
  /** As it left the object. */
  readonly seen: ApiObject;
  readonly run: () => void | Promise<void>;
}

/** Runs those again, once and in their order, that have not seen the object as it is. Resolves at once when all of them do. */
export function reinvoke(reinvocables: readonly Reinvocable[], object: ApiObject): void | Promise<void> {
  for (const [at, { seen, run }] of reinvocables.entries()) {
    if (isEqualJson(seen, object)) continue;
    const waits = run();
    if (waits) return waits.then(() => reinvoke(reinvocables.slice(at + 1), object));
  }
}
