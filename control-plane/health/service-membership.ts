import { isPodActive, isPodReady } from '../../lib/kube/pod-facts.ts';
import { pods } from '../../lib/kube/resources.ts';
import type { Pod } from '../../lib/kube/types.ts';
import type { ClusterView } from './cluster-view.ts';
import type { Decided, Decisions } from './decisions.ts';
import type { Judge } from './judge.ts';
import { RateLimit } from './rate-limit.ts';
import { BoundedMap } from './ring.ts';
import { countOf } from './verdicts/sentence.ts';
import { splitWorkloadKey } from './workload-key.ts';

const MAX_OUT = 4_000;
/** A probe that flaps would otherwise fill the records with what its own attempts say already. */
const DECISIONS_PER_WORKLOAD = 40;
const WINDOW_MS = 10 * 60_000;

/** Says when a pod leaves the Services that select it and when it comes back, and why. */
export class ServiceMembership {
  readonly #view: ClusterView;
  readonly #judge: Judge;
  readonly #decisions: Decisions;
  readonly #limit: RateLimit;
  /** Pods that were said to be out, by uid. */
  readonly #out = new BoundedMap<true>(MAX_OUT);

  constructor(options: {
    readonly view: ClusterView;
    readonly judge: Judge;
    readonly decisions: Decisions;
    readonly now: () => number;
  }) {
    this.#view = options.view;
    this.#judge = options.judge;
    this.#decisions = options.decisions;
    this.#limit = new RateLimit({ max: DECISIONS_PER_WORKLOAD, windowMs: WINDOW_MS, now: options.now });
  }

  /** The pod was said to be out before this process was started. */
  recallOut(uid: string): void {
    this.#out.set(uid, true);
  }

  /** A pod changed; `old` is what it was before. */
  observe(pod: Pod, old: Pod | undefined): void {
    const uid = pod.metadata?.uid ?? '';
    if (!isPodActive(pod)) {
      this.#out.delete(uid);
      return;
    }
    if (!old || isPodReady(old) === isPodReady(pod)) return;
    const isBack = isPodReady(pod);
    if (isBack && !this.#out.get(uid)) return;
    const services = this.#view.servicesOf(pod);
    if (services.length === 0 || !this.#limit.allow(this.#view.keyOf(pod))) return;
    if (isBack) this.#out.delete(uid);
    else this.#out.set(uid, true);
    this.#decisions.tell(isBack ? this.#back(pod) : this.#gone(pod));
  }

  #gone(pod: Pod): Decided {
    const places = this.#places(pod);
    const why = this.#judge.verdictOf(pod).why;
    return {
      ...this.#about(pod),
      decision: 'OutOfService',
      reason: `taken out of ${places.text}${why === '' ? '' : `: ${why}`}`,
      evidence: { services: places.services, why },
      eventType: 'Warning',
    };
  }

  #back(pod: Pod): Decided {
    const places = this.#places(pod);
    return {
      ...this.#about(pod),
      decision: 'BackInService',
      reason: `back in ${places.text}`,
      evidence: { services: places.services },
      eventType: 'Normal',
    };
  }

  #about(pod: Pod): Pick<Decided, 'object' | 'workload' | 'node' | 'on'> {
    const { namespace, kind, name } = splitWorkloadKey(this.#view.keyOf(pod));
    return {
      object: { kind: 'Pod', namespace, name: pod.metadata?.name ?? '', uid: pod.metadata?.uid },
      workload: { kind, name },
      node: pod.spec?.nodeName,
      on: [{ resource: pods, object: pod }],
    };
  }

  /** `Service hello (2 endpoints left)` */
  #places(pod: Pod): { readonly text: string; readonly services: Readonly<Record<string, number>> } {
    const services: Record<string, number> = {};
    for (const service of this.#view.servicesOf(pod)) {
      const members = this.#view.podsIn(pod.metadata?.namespace ?? '', service.spec?.selector ?? {});
      services[service.metadata?.name ?? ''] = members.filter((one) => isPodActive(one) && isPodReady(one)).length;
    }
    const left = isPodReady(pod) ? '' : ' left';
    const parts = Object.entries(services).map(([name, count]) => `${name} (${countOf(count, 'endpoint')}${left})`);
    return { text: `Service ${parts.join(', ')}`, services };
  }
}
