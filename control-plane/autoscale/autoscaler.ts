import type { Clock } from '../../lib/clock.ts';
import type { Component } from '../../lib/component.ts';
import { formatDuration } from '../../lib/duration.ts';
import { messageOf } from '../../lib/errors.ts';
import type { KubeClient } from '../../lib/kube/client.ts';
import { Controller } from '../../lib/kube/controller.ts';
import type { EventSubject } from '../../lib/kube/event-recorder.ts';
import type { Informer } from '../../lib/kube/informer.ts';
import { labelMatcher } from '../../lib/kube/label-selector.ts';
import { keyOf } from '../../lib/kube/object-key.ts';
import { horizontalPodAutoscalers, pods } from '../../lib/kube/resources.ts';
import type { SharedInformers } from '../../lib/kube/shared-informers.ts';
import type { HorizontalPodAutoscaler, Pod } from '../../lib/kube/types.ts';
import type { Logger } from '../../lib/log.ts';
import type { ProfileName } from '../../lib/profiles.ts';
import { decisionDocument } from '../../lib/signals/record-document.ts';
import type { RecordWriter } from '../../lib/signals/record-writer.ts';
import { behaviorOf, toleranceOf, type ScaleHistory } from './behavior.ts';
import { decideScale, type ConditionUpdate, type ScaleDecision } from './decide-scale.ts';
import { evaluateMetric } from './evaluate-metric.ts';
import { nextStatus } from './hpa-status.ts';
import type { PodUsageSource } from './pod-readings.ts';
import { readTarget, setReplicas, type ScaleTarget } from './scale-target.ts';

const syncPeriodMs: Readonly<Record<ProfileName, number>> = { vigil: 5_000, kubernetes: 15_000 };
const CPU_INITIALIZATION_MS = 5 * 60_000;
const INITIAL_READINESS_DELAY_MS = 30_000;
/** The longest window that the API allows for stabilization; nothing older is looked at. */
const MAX_WINDOW_MS = 3_600_000;

export interface AutoscalerOptions {
  readonly client: KubeClient;
  readonly informers: SharedInformers;
  readonly usage: PodUsageSource;
  readonly events: { event(subject: EventSubject, type: 'Normal' | 'Warning', reason: string, message: string): void };
  readonly records: RecordWriter;
  readonly profile: ProfileName;
  readonly clusterName: string;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Keeps the number of replicas of each HorizontalPodAutoscaler's target at what its metrics ask for. */
export class Autoscaler implements Component {
  readonly name = 'autoscaler';
  readonly #options: AutoscalerOptions;
  readonly #autoscalers: Informer<HorizontalPodAutoscaler>;
  readonly #pods: Informer<Pod>;
  readonly #controller: Controller;
  /** By uid. Forgotten with the object, and with the process: as upstream, a new one starts with what it sees. */
  readonly #histories = new Map<string, ScaleHistory>();
  #unsubscribe = () => {};

  constructor(options: AutoscalerOptions) {
    this.#options = options;
    this.#autoscalers = options.informers.of(horizontalPodAutoscalers);
    this.#pods = options.informers.of(pods);
    this.#pods.addIndex('namespace name', (pod) => [pod.metadata?.namespace ?? '']);
    this.#controller = new Controller({
      name: 'autoscaler',
      clock: options.clock,
      log: options.log,
      waitFor: [this.#autoscalers, this.#pods],
      reconcile: (key, signal) => this.#reconcile(key, signal),
    });
  }

  async start(signal: AbortSignal): Promise<void> {
    this.#unsubscribe = this.#autoscalers.onChange((type, hpa, old) => {
      if (type === 'DELETED') this.#histories.delete(hpa.metadata?.uid ?? '');
      else if (old?.metadata?.generation !== hpa.metadata?.generation || !old) this.#controller.enqueue(keyOf(hpa));
    });
    await this.#controller.start(signal);
  }

  async stop(): Promise<void> {
    this.#unsubscribe();
    await this.#controller.stop();
  }

  async #reconcile(key: string, signal: AbortSignal): Promise<void | { readonly requeueAfterMs: number }> {
    const hpa = this.#autoscalers.get(key);
    if (!hpa?.spec || hpa.metadata?.deletionTimestamp) return;
    await this.#sync(hpa, hpa.spec, signal);
    return { requeueAfterMs: syncPeriodMs[this.#options.profile] };
  }

  async #sync(
    hpa: HorizontalPodAutoscaler,
    spec: NonNullable<HorizontalPodAutoscaler['spec']>,
    signal: AbortSignal,
  ): Promise<void> {
    const { client } = this.#options;
    const namespace = hpa.metadata?.namespace ?? '';
    let target: ScaleTarget;
    try {
      target = await readTarget(client, namespace, spec.scaleTargetRef, signal);
    } catch (error) {
      signal.throwIfAborted();
      const message = `the HPA controller was unable to get the target's current scale: ${messageOf(error)}`;
      this.#event(hpa, 'Warning', 'FailedGetScale', messageOf(error));
      const condition = { type: 'AbleToScale', status: 'False', reason: 'FailedGetScale', message } as const;
      await this.#writeStatus(hpa, { conditions: [condition] }, signal);
      return;
    }
    const decision = this.#decide(hpa, spec, target);
    const conditions: ConditionUpdate[] = [
      {
        type: 'AbleToScale',
        status: 'True',
        reason: 'SucceededGetScale',
        message: "the HPA controller was able to get the target's current scale",
      },
      ...decision.conditions,
    ];
    if (decision.failure) this.#event(hpa, 'Warning', decision.failure.reason, decision.failure.message);
    let scaled = false;
    if (decision.desired !== target.specReplicas) {
      const outcome = await this.#scale(hpa, target, decision, signal);
      scaled = outcome.status === 'True';
      conditions.push(outcome);
    }
    await this.#writeStatus(
      hpa,
      {
        currentReplicas: target.statusReplicas,
        desiredReplicas: decision.desired,
        currentMetrics: decision.metrics,
        conditions,
        scaled,
      },
      signal,
    );
  }

  #decide(
    hpa: HorizontalPodAutoscaler,
    spec: NonNullable<HorizontalPodAutoscaler['spec']>,
    target: ScaleTarget,
  ): ScaleDecision {
    const nowMs = this.#options.clock.now();
    const uid = hpa.metadata?.uid ?? '';
    const history = this.#histories.get(uid) ?? { recommendations: [], events: [] };
    const options = {
      nowMs,
      cpuInitializationMs: CPU_INITIALIZATION_MS,
      initialReadinessDelayMs: INITIAL_READINESS_DELAY_MS,
      tolerance: toleranceOf(spec.behavior),
    };
    const members = this.#members(hpa.metadata?.namespace ?? '', target);
    const decision = decideScale({
      current: target.specReplicas,
      min: spec.minReplicas ?? 1,
      max: spec.maxReplicas,
      metrics: () =>
        (spec.metrics ?? []).map((metric) =>
          evaluateMetric(metric, target.specReplicas, members, this.#options.usage, options),
        ),
      behavior: behaviorOf(spec.behavior),
      history,
      nowMs,
    });
    if (decision.recommendation !== undefined) {
      const recent = history.recommendations.filter((one) => nowMs - one.timeMs < MAX_WINDOW_MS);
      const recommendations = [...recent, { timeMs: nowMs, replicas: decision.recommendation }];
      this.#histories.set(uid, { ...history, recommendations });
    }
    return decision;
  }

  #members(namespace: string, target: ScaleTarget): readonly Pod[] {
    const matcher = labelMatcher(target.selector);
    return this.#pods
      .byIndex('namespace name', namespace)
      .filter((pod) => pod.status?.phase !== 'Succeeded' && matcher.matches(pod.metadata?.labels));
  }

  async #scale(
    hpa: HorizontalPodAutoscaler,
    target: ScaleTarget,
    decision: ScaleDecision,
    signal: AbortSignal,
  ): Promise<ConditionUpdate> {
    const { client, clock } = this.#options;
    try {
      await setReplicas(client, target, decision.desired, signal);
    } catch (error) {
      signal.throwIfAborted();
      const why = messageOf(error);
      this.#event(
        hpa,
        'Warning',
        'FailedRescale',
        `New size: ${decision.desired}; reason: ${decision.reason}; error: ${why}`,
      );
      const message = `the HPA controller was unable to update the target scale: ${why}`;
      return { type: 'AbleToScale', status: 'False', reason: 'FailedUpdateScale', message };
    }
    const uid = hpa.metadata?.uid ?? '';
    const history = this.#histories.get(uid) ?? { recommendations: [], events: [] };
    const nowMs = clock.now();
    const recent = history.events.filter((one) => nowMs - one.timeMs < MAX_WINDOW_MS);
    const change = decision.desired - target.specReplicas;
    this.#histories.set(uid, { ...history, events: [...recent, { timeMs: nowMs, change }] });
    this.#event(hpa, 'Normal', 'SuccessfulRescale', `New size: ${decision.desired}; reason: ${decision.reason}`);
    this.#record(hpa, target, decision);
    const message = `the HPA controller was able to update the target scale to ${decision.desired}`;
    return { type: 'AbleToScale', status: 'True', reason: 'SucceededRescale', message };
  }

  #record(hpa: HorizontalPodAutoscaler, target: ScaleTarget, decision: ScaleDecision): void {
    const { records, clusterName, clock, log } = this.#options;
    const namespace = hpa.metadata?.namespace;
    const name = target.object.metadata?.name ?? '';
    const kind = target.resource.kind;
    const reason = `scaled from ${target.specReplicas} to ${decision.desired}: ${decision.reason}`;
    log.info({ autoscaler: keyOf(hpa), target: name, from: target.specReplicas, to: decision.desired }, 'scaled');
    const document = decisionDocument(
      {
        type: 'decision',
        time: new Date(clock.now()).toISOString(),
        decision: 'Scale',
        component: 'autoscale',
        object: { kind, namespace, name, uid: target.object.metadata?.uid },
        workload: { kind, name },
        reason,
        evidence: {
          autoscaler: hpa.metadata?.name,
          from: target.specReplicas,
          to: decision.desired,
          recommendation: decision.recommendation,
          period: formatDuration(syncPeriodMs[this.#options.profile]),
          metrics: decision.evaluated.map((one) => (one.ok ? { name: one.name, ...one.calculation } : one.message)),
          conditions: decision.conditions.map((one) => `${one.type}=${one.status} ${one.reason}`),
        },
      },
      clusterName,
    );
    records.append('decisions', document);
  }

  async #writeStatus(
    hpa: HorizontalPodAutoscaler,
    update: Parameters<typeof nextStatus>[1],
    signal: AbortSignal,
  ): Promise<void> {
    const status = nextStatus(hpa, update, this.#options.clock.now());
    if (!status) return;
    const { namespace, name = '' } = hpa.metadata ?? {};
    await this.#options.client.patch(
      horizontalPodAutoscalers,
      { namespace, name },
      'merge',
      { status },
      { subresource: 'status' },
      signal,
    );
  }

  #event(hpa: HorizontalPodAutoscaler, type: 'Normal' | 'Warning', reason: string, message: string): void {
    this.#options.events.event({ resource: horizontalPodAutoscalers, object: hpa }, type, reason, message);
  }
}
