import { invalid } from '../../lib/kube/status-errors.ts';
import type { AdmissionPlugin, AdmissionRequest } from './admission.ts';
import type { ApiObject } from './api-object.ts';
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
  ) {
    const metadata = (object ?? old)?.metadata;
    this.operation = operation;
    this.definition = resource.definition;
    this.subresource = subresource;
    this.namespace = metadata?.namespace;
    this.name = metadata?.name ?? '';
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

/** The kind's own validation; throws 422 that names each field. `updateErrors` is what an update changes although it may not. */
export function validateObject(
  resource: Resource,
  object: ApiObject,
  old?: ApiObject,
  updateErrors: readonly FieldError[] = [],
): void {
  const { definition } = resource;
  const { strategy } = definition;
  const errors = [
    ...validateMetadata(definition, object.metadata),
    ...(strategy.validate?.(object, old) ?? []),
    ...updateErrors,
  ];
  if (errors.length > 0)
    throw invalid(definition.resource, object.metadata.name || object.metadata.generateName || '', errors);
}
