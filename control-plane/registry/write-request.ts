import { invalid } from '../../lib/kube/status-errors.ts';
import type { AdmissionPlugin, AdmissionRequest } from './admission.ts';
import type { ApiObject } from './api-object.ts';
import { asSent, withEmptied } from './as-sent.ts';
import type { ResourceDefinition } from './definition.ts';
import { validateMetadata } from './metadata.ts';
import type { WriteContext } from './request.ts';
import type { Resource } from './registry.ts';
import type { FieldError } from './strategy.ts';

/** One write on its way through admission; remembers whom to tell when it has ended. */
export class WriteRequest implements AdmissionRequest {
  readonly operation: AdmissionRequest['operation'];
  readonly definition: AdmissionRequest['definition'];
  readonly subresource: string | undefined;
  readonly namespace: string | undefined;
  readonly name: string;
  readonly object: ApiObject | undefined;
  readonly old: ApiObject | undefined;
  readonly context: WriteContext;
  readonly #settlers: ((written: boolean) => void)[] = [];

  constructor(
    operation: AdmissionRequest['operation'],
    resource: Resource,
    object: ApiObject | undefined,
    old: ApiObject | undefined,
    context: WriteContext,
    subresource?: string,
    at: { readonly name?: string | undefined; readonly namespace?: string | undefined } = (object ?? old)?.metadata ??
      {},
  ) {
    this.operation = operation;
    this.definition = resource.definition;
    this.subresource = subresource;
    this.namespace = at.namespace;
    this.name = at.name ?? '';
    this.object = object;
    this.old = old;
    this.context = context;
  }

  onSettled(settle: (written: boolean) => void): void {
    this.#settlers.push(settle);
  }

  settle(written: boolean): void {
    for (const settle of this.#settlers.splice(0)) settle(written);
  }

  // Most plugins answer at once; the write is not made to wait a turn for each.
  async admit(plugins: readonly AdmissionPlugin[]): Promise<void> {
    for (const plugin of plugins) {
      const waits = plugin.admit?.(this);
      if (waits) await waits;
    }
  }

  async validate(plugins: readonly AdmissionPlugin[]): Promise<void> {
    for (const plugin of plugins) {
      const waits = plugin.validate?.(this);
      if (waits) await waits;
    }
  }
}

/** The kind's own validation; throws 422 that names each field. `updateErrors` says what an update changes although it may not. */
export function validateObject(
  { definition }: Resource,
  object: ApiObject,
  context: WriteContext,
  old?: ApiObject,
  updateErrors?: (object: ApiObject) => readonly FieldError[],
): void {
  const { strategy } = definition;
  const errorsIn = (one: ApiObject, warn?: (text: string) => void) => [
    ...validateMetadata(definition, one.metadata),
    ...(strategy.validate?.(one, old, warn) ?? []),
    ...(updateErrors?.(one) ?? []),
  ];
  refuseInvalid(definition, object, context, errorsIn);
}

/** The same for a new object whose spec is known to be valid. */
export function validateWithKnownSpec({ definition }: Resource, object: ApiObject, context: WriteContext): void {
  refuseInvalid(definition, object, context, (one) => [
    ...validateMetadata(definition, one.metadata),
    ...(definition.strategy.specRules?.validateOwn(one['spec'] as object as Readonly<Record<string, unknown>>) ?? []),
  ]);
}

/** Throws 422 that names each field that `errorsIn` finds. */
export function refuseInvalid(
  { resource }: ResourceDefinition,
  object: ApiObject,
  { warnings, emptied = [] }: WriteContext,
  errorsIn: (object: ApiObject, warn?: (text: string) => void) => readonly FieldError[],
): void {
  const errors = errorsIn(object, (text) => warnings.push(text));
  if (errors.length === 0) return;
  const shown = emptied.length === 0 ? errors : asSent(errors, errorsIn(withEmptied(object, emptied)));
  throw invalid(resource, object.metadata.name || object.metadata.generateName || '', shown);
}
