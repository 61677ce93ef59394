import type { KubeClient } from '../../lib/kube/client.ts';
import type { ResourceType } from '../../lib/kube/resources.ts';
import type { KubeObject, PodTemplateSpec } from '../../lib/kube/types.ts';

export interface RolloutState {
  readonly state: 'done' | 'waiting' | 'failed';
  readonly message: string;
}

/** A template that a workload had. */
export interface Revision {
  readonly number: number;
  readonly template: PodTemplateSpec;
  readonly changeCause?: string | undefined;
}

/** A kind whose template is rolled out over its pods. */
export interface Rollable<T extends KubeObject = KubeObject> {
  readonly resource: ResourceType<T>;
  readonly canPause: boolean;
  /** Where a rollout stands. */
  state(object: T): RolloutState;
  /** The revisions that are kept, oldest first. */
  revisions(client: KubeClient, object: T): Promise<readonly Revision[]>;
}

export function imagesOf({ template }: Revision): string {
  return (template.spec?.containers ?? []).map((container) => container.image ?? '').join(', ');
}
