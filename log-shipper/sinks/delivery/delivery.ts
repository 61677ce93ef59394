import type { SinkDeps } from '../sink.ts';
import type { OutputHealth } from './output-health.ts';
import type { Protocol } from './protocol.ts';

export interface Delivery extends Pick<SinkDeps, 'clusterName' | 'clock' | 'random' | 'log'> {
  readonly protocol: Protocol;
  readonly health: OutputHealth;
}
