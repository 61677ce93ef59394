import type { Component } from '../../../lib/component.ts';
import { messageOf } from '../../../lib/errors.ts';
import { isNotFound } from '../../../lib/kube/client.ts';
import { Controller } from '../../../lib/kube/controller.ts';
import type { Informer } from '../../../lib/kube/informer.ts';
import { certificateSigningRequests } from '../../../lib/kube/resources.ts';
import type { CertificateSigningRequest } from '../../../lib/kube/types.ts';
import type { ControllerDeps } from '../deps.ts';
import { signingProblem } from './kubelet-rules.ts';
import { failedCondition, planCertificate, signers } from './plan.ts';

/** A certificate is valid for this long unless the request asks for less. */
const DEFAULT_SECONDS = 365 * 86_400;

/** Signs approved requests with the cluster's CA and clears away what was decided. `ca` is read when the first one is signed. */
export function certificateController(
  deps: ControllerDeps,
  ca: () => Promise<{ readonly cert: string; readonly key: string }>,
): Component {
  return new SignerLoop(deps, ca).controller;
}

class SignerLoop {
  readonly controller: Controller;
  readonly #deps: ControllerDeps;
  readonly #ca: () => Promise<{ readonly cert: string; readonly key: string }>;
  readonly #requests: Informer<CertificateSigningRequest>;

  constructor(deps: ControllerDeps, ca: () => Promise<{ readonly cert: string; readonly key: string }>) {
    this.#deps = deps;
    this.#ca = ca;
    this.#requests = deps.informers.of(certificateSigningRequests);
    this.controller = new Controller({
      name: 'certificate',
      clock: deps.clock,
      log: deps.log,
      observer: deps.queues,
      reconcile: (name, signal) => this.#reconcile(name, signal),
      waitFor: [this.#requests],
    });
    this.#requests.onChange((_, request) => this.controller.enqueue(request.metadata?.name ?? ''));
  }

  async #reconcile(name: string, signal: AbortSignal): Promise<{ requeueAfterMs: number } | undefined> {
    const request = this.#requests.get(name);
    if (!request) return undefined;
    const { client, clock } = this.#deps;
    const plan = planCertificate(request, clock.now());
    if (plan.action === 'wait') return { requeueAfterMs: plan.ms };
    try {
      if (plan.action === 'remove') {
        const preconditions = { uid: request.metadata?.uid ?? '' };
        await client.delete(certificateSigningRequests, { name }, { preconditions }, signal);
      } else {
        const status = await this.#signed(request);
        await client.update(certificateSigningRequests, { ...request, status }, { subresource: 'status' }, signal);
      }
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
    return undefined;
  }

  async #signed(request: CertificateSigningRequest): Promise<NonNullable<CertificateSigningRequest['status']>> {
    const nowMs = this.#deps.clock.now();
    const { spec, status } = request;
    try {
      // A large library, and most clusters never sign anything.
      const { readCertificateRequest, signCertificateRequest } = await import('../../../lib/pki-requests.ts');
      const pem = Buffer.from(spec.request, 'base64').toString('utf8');
      const problem = signingProblem(spec.signerName, readCertificateRequest(pem), spec.usages ?? []);
      if (problem !== undefined) throw new Error(problem);
      const seconds = Math.min(spec.expirationSeconds ?? DEFAULT_SECONDS, DEFAULT_SECONDS);
      const options = { usages: signers[spec.signerName] ?? [], nowMs, seconds };
      const certificate = await signCertificateRequest(await this.#ca(), pem, options);
      this.#deps.log.info({ request: request.metadata?.name, signer: spec.signerName }, 'certificate signed');
      return { ...status, certificate: Buffer.from(certificate).toString('base64') };
    } catch (error) {
      return { ...status, conditions: [...(status?.conditions ?? []), failedCondition(messageOf(error), nowMs)] };
    }
  }
}
