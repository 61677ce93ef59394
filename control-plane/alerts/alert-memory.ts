import { messageOf } from '../../lib/errors.ts';
import { isNotFound, type KubeClient } from '../../lib/kube/client.ts';
import { configMaps } from '../../lib/kube/resources.ts';
import type { Logger } from '../../lib/log.ts';
import { systemNamespace } from '../../lib/names.ts';
import type { TrackedAlert } from './alert-state.ts';

const key = { namespace: systemNamespace, name: 'alerting-state' } as const;
const dataKey = 'alerts.json';
/** What fits a ConfigMap easily; of a storm of alerts the first are remembered. */
const MAX_KEPT = 200;
const MAX_BYTES = 512 * 1024;

export interface RememberedAlert {
  readonly alert: TrackedAlert;
  /** When each receiver that knows of it was told last, milliseconds since the epoch. */
  readonly knownBy: Readonly<Record<string, number>>;
}

/**
 * Alerts across a restart of the control plane, in a ConfigMap: those that fire, and those whose end somebody still must be told. So receivers are not told the same
 * again, and are told that it is over even when it ended meanwhile.
 */
export class AlertMemory {
  readonly #client: KubeClient;
  readonly #log: Logger;
  #savedId = '';

  constructor(client: KubeClient, log: Logger) {
    this.#client = client;
    this.#log = log;
  }

  async load(signal: AbortSignal): Promise<readonly RememberedAlert[]> {
    try {
      const found = await this.#client.get(configMaps, key, signal);
      const text = found.data?.[dataKey] ?? '[]';
      return parseRemembered(text);
    } catch (error) {
      signal.throwIfAborted();
      if (!isNotFound(error)) this.#log.warn({ error: messageOf(error) }, 'remembered alerts could not be read');
      return [];
    }
  }

  /** Writes only when alerts began, ended or were told. A failure is logged: the next call tries again. */
  async save(alerts: readonly RememberedAlert[], signal: AbortSignal): Promise<void> {
    const kept = alerts.slice(0, MAX_KEPT);
    const id = JSON.stringify(
      kept.map(({ alert, knownBy }) => [alert.fingerprint, alert.state, alert.firedAtMs, Object.entries(knownBy)]),
    );
    if (id === this.#savedId) return;
    const text = JSON.stringify(kept.map(({ alert, knownBy }) => ({ alert: withoutEvidence(alert), knownBy })));
    if (text.length > MAX_BYTES) return;
    try {
      await this.#write(text, signal);
      this.#savedId = id;
    } catch (error) {
      if (!signal.aborted) this.#log.debug({ error: messageOf(error) }, 'alerts could not be remembered');
    }
  }

  async #write(text: string, signal: AbortSignal): Promise<void> {
    const data = { [dataKey]: text };
    try {
      await this.#client.patch(configMaps, key, 'merge', { data }, {}, signal);
    } catch (error) {
      if (!isNotFound(error)) throw error;
      await this.#client.create(
        configMaps,
        { apiVersion: 'v1', kind: 'ConfigMap', metadata: { ...key }, data },
        {},
        signal,
      );
    }
  }
}

/** It is in the record of the decision already, and is seen anew while the condition holds. */
function withoutEvidence(alert: TrackedAlert): TrackedAlert {
  return { ...alert, instance: { ...alert.instance, evidence: {} }, lastSeenMs: 0 };
}

/** Whatever is not as this version writes it is left out. */
function parseRemembered(text: string): readonly RememberedAlert[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return [];
  }
  if (!Array.isArray(value)) return [];
  return (value as readonly unknown[]).slice(0, MAX_KEPT).flatMap((entry) => {
    const { alert, knownBy } = (entry ?? {}) as Partial<RememberedAlert>;
    if (typeof alert?.fingerprint !== 'string' || typeof alert.name !== 'string') return [];
    if (alert.state !== 'firing' && alert.state !== 'resolved') return [];
    if (typeof alert.activeAtMs !== 'number' || typeof alert.labels !== 'object' || !alert.instance?.object) return [];
    const times = Object.entries(knownBy ?? {}).filter(([, timeMs]) => typeof timeMs === 'number');
    return [{ alert, knownBy: Object.fromEntries(times) }];
  });
}
