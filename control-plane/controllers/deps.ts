import type { Clock } from '../../lib/clock.ts';
import type { KubeClient } from '../../lib/kube/client.ts';
import type { EventRecorder } from '../../lib/kube/event-recorder.ts';
import type { SharedInformers } from '../../lib/kube/shared-informers.ts';
import type { Logger } from '../../lib/log.ts';
import type { Profile } from '../../lib/profiles.ts';
import type { RecordWriter } from '../../lib/signals/record-writer.ts';

/** What every controller is built from. */
export interface ControllerDeps {
  readonly client: KubeClient;
  readonly informers: SharedInformers;
  readonly clock: Clock;
  readonly log: Logger;
  readonly events: EventRecorder;
  readonly records: RecordWriter;
  readonly profile: Profile;
  /** PEM of the cluster's CA, published in every namespace as the ConfigMap `kube-root-ca.crt`. */
  readonly caCert: string;
}
