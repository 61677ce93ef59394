import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/log.ts';
import type { Pod } from '../../lib/kube/types.ts';
import type { CheckRunner, ProbeManager } from '../probes/probe-manager.ts';
import type { EngineContainer, Runtime } from '../runtime/runtime.ts';
import type { SignalLog } from '../signals/signal-log.ts';
import type { ImageVolumes } from '../volumes/image-volumes.ts';
import type { PodVolumes } from '../volumes/pod-volumes.ts';
import type { ReferencedObjects } from '../volumes/referenced-objects.ts';
import type { PodAddresses } from './addresses.ts';
import type { BackOffSettings } from './back-off.ts';
import type { EventSink } from './event-sink.ts';
import type { DownwardFacts } from './field-ref.ts';
import type { Images } from './images.ts';
import type { LogSources } from './log-sources.ts';
import type { Observer } from './observe.ts';
import type { PodFiles } from './pod-files.ts';
import type { Allocations } from './resize/allocations.ts';
import type { RemovalBounds } from './removal.ts';

/** What is true of the node and does not change while the agent runs. */
interface NodeFacts {
  readonly nodeName: string;
  readonly nodeIP: string;
  readonly clusterDomain: string;
  readonly networkName: string;
  readonly pauseImage: string;
  readonly machineMemoryBytes: number;
  /** Lower `oom_score_adj` than this cannot be given to containers. */
  readonly minOomScoreAdj: number;
}

/** What everything that works on pods is given. */
export interface PodDeps {
  readonly node: NodeFacts;
  readonly runtime: Runtime;
  readonly observer: Observer;
  readonly probes: ProbeManager;
  readonly runCheck: CheckRunner;
  readonly volumes: PodVolumes;
  readonly objects: ReferencedObjects;
  readonly files: PodFiles;
  readonly addresses: PodAddresses;
  readonly images: Images;
  readonly imageVolumes: ImageVolumes;
  readonly allocations: Allocations;
  /** Bytes that a running container uses, page cache that can be dropped not counted; `undefined` when it cannot be told. */
  readonly memoryUsage: (run: EngineContainer) => Promise<number | undefined>;
  readonly sources: LogSources;
  readonly removal: RemovalBounds;
  readonly signals: SignalLog;
  readonly events: EventSink;
  readonly backOff: BackOffSettings;
  /** Variables for Services that a pod of this namespace sees; waits a while for the first list of Services. */
  readonly serviceEnv: (namespace: string, withLinks: boolean) => Promise<ReadonlyMap<string, string>>;
  readonly facts: (pod: Pod) => DownwardFacts;
  readonly clock: Clock;
  readonly log: Logger;
}
