import type { Alert, AlertDelivery } from '../../lib/alerts-api.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Component } from '../../lib/component.ts';
import { messageOf } from '../../lib/errors.ts';
import type { Logger } from '../../lib/log.ts';
import type { HealthSources } from '../health/api/summaries.ts';
import { alertFacts } from './alert-facts.ts';
import type { AlertMemory, RememberedAlert } from './alert-memory.ts';
import type { AlertRule } from './alert-rule.ts';
import { advance, type Seen, type TrackedAlert } from './alert-state.ts';
import type { AlertTeller } from './alert-teller.ts';
import type { AlertingConfigWatch } from './alerting-config-watch.ts';
import { dueNotifications } from './due-notifications.ts';
import type { LogTail } from './log-tail.ts';
import type { Notifier } from './notify/notifier.ts';
import { renderAlert } from './render-alert.ts';
import { silencedBy } from './silences.ts';
import { ToldLedger } from './told.ts';

const PERIOD_MS = 2_000;
/** After a start the agents need a moment to be heard; until then a remembered alert is taken to go on. */
const START_GRACE_MS = 10_000;
/** Tails fetched for one round; a storm of alerts must not become a storm of requests. */
const MAX_TAILS = 20;
const DELIVERIES_PER_ALERT = 10;

/** Called synchronously with an alert that changed, or the fingerprint of one that is forgotten. */
export type AlertSubscriber = (change: { readonly alert: Alert } | { readonly gone: string }) => void;

/** What is known of the log store's disk. */
export interface LogStoreDamage {
  /** Index → damaged blocks; `undefined` when nothing is known. */
  readonly quarantinedBlocks: ReadonlyMap<string, number> | undefined;
}

export interface AlertLoopOptions {
  readonly sources: HealthSources;
  readonly logStore: LogStoreDamage;
  readonly rules: readonly AlertRule[];
  readonly config: AlertingConfigWatch;
  readonly memory: AlertMemory;
  readonly notifier: Pick<Notifier, 'notify'>;
  readonly teller: AlertTeller;
  readonly tail: LogTail;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Evaluates the rules every 2 s, keeps the alerts' states, and tells receivers, records and readers what changed. */
export class AlertLoop implements Component {
  readonly name = 'alerts';
  readonly #options: AlertLoopOptions;
  readonly #stop = new AbortController();
  readonly #subscribers = new Set<AlertSubscriber>();
  readonly #tails = new Map<string, readonly string[]>();
  readonly #ledger = new ToldLedger();
  readonly #deliveries = new Map<string, readonly AlertDelivery[]>();
  readonly #silenced = new Map<string, string | undefined>();
  #alerts: ReadonlyMap<string, TrackedAlert> = new Map();
  #running: Promise<void> | undefined;
  #watchedSinceMs = 0;

  constructor(options: AlertLoopOptions) {
    this.#options = options;
  }

  /** Firing first, then pending, then resolved; the newest of each first. */
  list(): readonly Alert[] {
    const order = { firing: 0, pending: 1, resolved: 2 } as const;
    return [...this.#alerts.values()]
      .sort((a, b) => order[a.state] - order[b.state] || b.activeAtMs - a.activeAtMs)
      .map((alert) => this.#render(alert));
  }

  subscribe(subscriber: AlertSubscriber): () => void {
    this.#subscribers.add(subscriber);
    return () => {
      this.#subscribers.delete(subscriber);
    };
  }

  /** What became of an attempt to tell a receiver; `isFinal` when that message is not tried again. */
  delivered(fingerprints: readonly string[], delivery: AlertDelivery, isFinal: boolean): void {
    for (const fingerprint of fingerprints) {
      if (isFinal) this.#ledger.settle(fingerprint, delivery.receiver, delivery.ok, this.#options.clock.now());
      const alert = this.#alerts.get(fingerprint);
      if (!alert) continue;
      const others = (this.#deliveries.get(fingerprint) ?? []).filter((one) => one.receiver !== delivery.receiver);
      this.#deliveries.set(fingerprint, [...others, delivery].slice(-DELIVERIES_PER_ALERT));
      this.#tell({ alert: this.#render(alert) });
    }
  }

  start(): Promise<void> {
    this.#running ??= this.#run(this.#stop.signal);
    return Promise.resolve();
  }

  async stop(): Promise<void> {
    this.#stop.abort(new Error('alerts stopped'));
    await this.#running;
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { sources, config, clock, log } = this.#options;
    try {
      for (const cache of sources.view.caches) await cache.whenSynced(signal);
      await config.whenSynced(signal);
      await this.#restore(signal);
      this.#watchedSinceMs = clock.monotonicMs();
    } catch (error) {
      if (!signal.aborted) log.error({ err: error }, 'alerts could not start');
      return;
    }
    while (!signal.aborted) {
      try {
        await this.#evaluate(signal);
      } catch (error) {
        if (!signal.aborted) log.error({ err: error }, 'alerts could not be evaluated');
      }
      await clock.sleep(PERIOD_MS, signal).catch(() => undefined);
    }
  }

  async #restore(signal: AbortSignal): Promise<void> {
    const { memory, clock, rules } = this.#options;
    const alerts = new Map<string, TrackedAlert>();
    for (const { alert, knownBy } of await memory.load(signal)) {
      if (!rules.some((rule) => rule.name === alert.name)) continue;
      alerts.set(alert.fingerprint, { ...alert, lastSeenMs: clock.now() + START_GRACE_MS });
      for (const [receiver, atMs] of Object.entries(knownBy)) {
        this.#ledger.set(alert.fingerprint, receiver, { what: 'firing', outcome: 'delivered', knows: true, atMs });
      }
    }
    this.#alerts = alerts;
  }

  async #evaluate(signal: AbortSignal): Promise<void> {
    const { clock, memory, teller } = this.#options;
    await this.#options.config.ensureExists(signal);
    const nowMs = clock.now();
    const { alerts, transitions, forgotten } = advance(this.#alerts, this.#seen(), nowMs);
    const before = this.#alerts;
    this.#alerts = alerts;
    for (const fingerprint of forgotten) this.#forget(fingerprint);
    await this.#fetchTails(transitions, signal);
    for (const alert of transitions) teller.tell(this.#render(alert), alert.instance);
    this.#notify(nowMs);
    for (const alert of alerts.values()) this.#tellIfChanged(alert, before.get(alert.fingerprint));
    await memory.save(this.#toRemember(), signal);
  }

  #toRemember(): readonly RememberedAlert[] {
    return [...this.#alerts.values()].flatMap((alert) => {
      const known = [...this.#ledger.of(alert.fingerprint)].filter(([, told]) => told.knows);
      if (alert.state !== 'firing' && (alert.state !== 'resolved' || known.length === 0)) return [];
      return [{ alert, knownBy: Object.fromEntries(known.map(([receiver, told]) => [receiver, told.atMs])) }];
    });
  }

  #seen(): readonly Seen[] {
    const { rules, config, sources, logStore, clock, log } = this.#options;
    const facts = alertFacts(
      sources,
      clock.monotonicMs() - this.#watchedSinceMs,
      logStore.quarantinedBlocks ?? new Map(),
    );
    return rules.flatMap((rule) => {
      const override = config.current.rules.get(rule.name);
      if (override && !override.enabled) return [];
      const severity = override?.severity ?? rule.severity;
      const forMs = override?.forMs ?? rule.forMs;
      try {
        return rule.evaluate(facts).map((instance) => ({ name: rule.name, severity, forMs, instance }));
      } catch (error) {
        // One object that a rule does not understand must not silence the others.
        log.error({ rule: rule.name, error: messageOf(error) }, 'alert rule failed');
        return [];
      }
    });
  }

  async #fetchTails(transitions: readonly TrackedAlert[], signal: AbortSignal): Promise<void> {
    const wanted = transitions.filter((alert) => alert.state === 'firing' && alert.instance.tail).slice(0, MAX_TAILS);
    await Promise.all(
      wanted.map(async ({ fingerprint, instance }) => {
        if (!instance.tail) return;
        this.#tails.set(fingerprint, await this.#options.tail.lastLines(instance.tail, signal));
      }),
    );
  }

  #notify(nowMs: number): void {
    const { config, notifier } = this.#options;
    for (const { webhook, alerts } of dueNotifications(this.#alerts.values(), config.current, this.#ledger, nowMs)) {
      for (const { fingerprint, state } of alerts) {
        this.#ledger.sending(fingerprint, webhook.name, state === 'resolved' ? 'resolved' : 'firing', nowMs);
      }
      notifier.notify(
        webhook,
        alerts.map((alert) => this.#render(alert)),
      );
    }
  }

  #tellIfChanged(alert: TrackedAlert, before: TrackedAlert | undefined): void {
    const { fingerprint, state } = alert;
    const silence = this.#silenceOf(alert);
    const isSame = before?.state === state && this.#silenced.get(fingerprint) === silence;
    this.#silenced.set(fingerprint, silence);
    if (!isSame) this.#tell({ alert: this.#render(alert) });
  }

  #forget(fingerprint: string): void {
    this.#tails.delete(fingerprint);
    this.#ledger.forget(fingerprint);
    this.#deliveries.delete(fingerprint);
    this.#silenced.delete(fingerprint);
    this.#tell({ gone: fingerprint });
  }

  #silenceOf(alert: TrackedAlert): string | undefined {
    return silencedBy(alert.labels, this.#options.config.current.silences, this.#options.clock.now());
  }

  #render(alert: TrackedAlert): Alert {
    return renderAlert(alert, {
      tail: this.#tails.get(alert.fingerprint),
      silencedBy: this.#silenceOf(alert),
      deliveries: this.#deliveries.get(alert.fingerprint) ?? [],
    });
  }

  #tell(change: Parameters<AlertSubscriber>[0]): void {
    for (const subscriber of this.#subscribers) subscriber(change);
  }
}
