import type { Component } from '../../../lib/component.ts';
import { messageOf } from '../../../lib/errors.ts';
import { isNotFound } from '../../../lib/kube/client.ts';
import { Controller } from '../../../lib/kube/controller.ts';
import type { Informer } from '../../../lib/kube/informer.ts';
import { certificateSigningRequests } from '../../../lib/kube/resources.ts';
import { kubeTime } from '../../../lib/kube/time.ts';
import type { CertificateSigningRequest } from '../../../lib/kube/types.ts';
import type { ControllerDeps } from '../deps.ts';
import { autoApprovals, kubeletClientSigner, type AutoApproval } from './kubelet-rules.ts';

/** Whether somebody may do something, by the cluster's roles. */
export type MayDo = (
  user: { readonly name: string; readonly groups: readonly string[]; readonly uid?: string | undefined },
  asked: {
    readonly verb: string;
    readonly group: string;
    readonly resource: string;
    readonly subresource: string;
  },
) => boolean;

const messages: Readonly<Record<AutoApproval, string>> = {
  selfnodeclient: 'Auto approving self kubelet client certificate after SubjectAccessReview.',
  nodeclient: 'Auto approving kubelet client certificate after SubjectAccessReview.',
};

/** Approves requests for the client certificates of nodes, of whoever may bring that node in: with a bootstrap token, or as the node itself. */
export function certificateApprover(deps: ControllerDeps, mayDo: MayDo): Component {
  return new ApproverLoop(deps, mayDo).controller;
}

class ApproverLoop {
  readonly controller: Controller;
  readonly #deps: ControllerDeps;
  readonly #mayDo: MayDo;
  readonly #requests: Informer<CertificateSigningRequest>;

  constructor(deps: ControllerDeps, mayDo: MayDo) {
    this.#deps = deps;
    this.#mayDo = mayDo;
    this.#requests = deps.informers.of(certificateSigningRequests);
    this.controller = new Controller({
      name: 'certificate-approver',
      clock: deps.clock,
      log: deps.log,
      observer: deps.queues,
      reconcile: (name, signal) => this.#reconcile(name, signal),
      waitFor: [this.#requests],
    });
    this.#requests.onChange((_, request) => {
      if (isOpen(request)) this.controller.enqueue(request.metadata?.name ?? '');
    });
  }

  async #reconcile(name: string, signal: AbortSignal): Promise<void> {
    const request = this.#requests.get(name);
    if (!request || !isOpen(request)) return;
    const approval = await this.#approvalOf(request);
    if (!approval) return;
    const { client, clock, log } = this.#deps;
    const time = kubeTime(clock.now());
    const condition = {
      type: 'Approved',
      status: 'True',
      reason: 'AutoApproved',
      message: messages[approval],
      lastUpdateTime: time,
      lastTransitionTime: time,
    };
    const status = { ...request.status, conditions: [...(request.status?.conditions ?? []), condition] };
    try {
      await client.update(certificateSigningRequests, { ...request, status }, { subresource: 'approval' }, signal);
      log.info({ request: name, user: request.spec.username, as: approval }, 'certificate request approved');
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }

  async #approvalOf({ metadata, spec }: CertificateSigningRequest): Promise<AutoApproval | undefined> {
    const { username = '', groups = [], uid } = spec;
    // A large library, and most clusters never approve anything.
    const { readCertificateRequest } = await import('../../../lib/pki-requests.ts');
    try {
      const asked = readCertificateRequest(Buffer.from(spec.request, 'base64').toString('utf8'));
      return autoApprovals(spec, asked).find((subresource) =>
        this.#mayDo(
          { name: username, groups, uid },
          { verb: 'create', group: 'certificates.k8s.io', resource: 'certificatesigningrequests', subresource },
        ),
      );
    } catch (error) {
      this.#deps.log.debug(
        { request: metadata?.name, error: messageOf(error) },
        'a certificate request cannot be read',
      );
      return undefined;
    }
  }
}

/** Nobody has decided yet, and this is a kind of request that may be decided here. */
function isOpen({ spec, status }: CertificateSigningRequest): boolean {
  const isDecided = status?.conditions?.some(({ type }) => type === 'Approved' || type === 'Denied') === true;
  return spec.signerName === kubeletClientSigner && !isDecided && !status?.certificate;
}
