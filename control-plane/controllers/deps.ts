import type { Clock } from '../../lib/clock.ts';
import type { KubeClient } from '../../lib/kube/client.ts';
import type { QueueObserver } from '../../lib/kube/controller.ts';
import type { EventRecorder } from '../../lib/kube/event-recorder.ts';
import type { SharedInformers } from '../../lib/kube/shared-informers.ts';
import type { Logger } from '../../lib/log.ts';
import type { Profile } from '../../lib/profiles.ts';
import type { DecisionLog } from '../../lib/signals/decision-log.ts';
import type { RecordWriter } from '../../lib/signals/record-writer.ts';
import type { AggregatedKinds } from './aggregated-kinds.ts';

/** What every controller is built from. */
export interface ControllerDeps {
  readonly client: KubeClient;
  readonly informers: SharedInformers;
  readonly clock: Clock;
  readonly log: Logger;
  /** The recorder of one controller's Events; its name is shown as their source. */
  readonly eventsOf: (component: string) => EventRecorder;
  readonly decisions: DecisionLog;
  readonly records: RecordWriter;
  readonly clusterName: string;
  readonly profile: Profile;
  readonly aggregated: AggregatedKinds;
  readonly queues?: QueueObserver | undefined;
}
