import type { ResourceType } from '../../lib/kube/resources.ts';
import type { ApiObject } from './api-object.ts';
import type { ResourceDefinition } from './definition.ts';
import type { WriteContext } from './request.ts';

export interface AdmissionRequest {
  readonly operation: 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT';
  readonly definition: ResourceDefinition;
  /** The kind that was sent, where the request is shown as another version of it. */
  readonly requested?: ResourceType | undefined;
  readonly subresource?: string | undefined;
  readonly namespace: string | undefined;
  readonly name: string;
  /** On its way in: `admit` may write to it. Absent for a removal; what a `CONNECT` asks for is of a kind of its own, without metadata. */
  readonly object: ApiObject | undefined;
  readonly old: ApiObject | undefined;
  readonly context: WriteContext;
  /** Called once when the request has ended, with whether the object was written: lets go of what was set aside for it. */
  onSettled(settle: (written: boolean) => void): void;
}

/** A check or a filling-in on the way in. All `admit`s run first, then the kind's validation, then all `validate`s. Throws a `KubeApiError` to refuse. */
export interface AdmissionPlugin {
  readonly name: string;
  /** Asked about requests that lead into pods, Services and nodes, too. */
  readonly handlesConnect?: true;
  admit?(request: AdmissionRequest): void | Promise<void>;
  validate?(request: AdmissionRequest): void | Promise<void>;
}
