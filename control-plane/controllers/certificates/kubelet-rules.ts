import type { RequestedIdentity } from '../../../lib/pki-requests.ts';

export const kubeletClientSigner = 'kubernetes.io/kube-apiserver-client-kubelet';
const kubeletServingSigner = 'kubernetes.io/kubelet-serving';

const NODES = 'system:nodes';
const NODE_PREFIX = 'system:node:';

/** Why a signer of this cluster may not sign a request, as upstream says it; `undefined` when it may. Pure. */
export function signingProblem(
  signerName: string,
  asked: RequestedIdentity,
  usages: readonly string[],
): string | undefined {
  if (signerName === kubeletClientSigner) return nodeProblem(asked) ?? clientProblem(asked, usages);
  if (signerName === kubeletServingSigner) return nodeProblem(asked) ?? servingProblem(asked, usages);
  return undefined;
}

/** What somebody must be allowed to create for his request to be approved without anybody's doing. Pure. */
export type AutoApproval = 'selfnodeclient' | 'nodeclient';

/** In the order in which they are tried: a node for itself, then whoever may bring nodes in. None for what nobody but a person may approve. */
export function autoApprovals(
  spec: { readonly signerName: string; readonly username?: string; readonly usages?: readonly string[] },
  asked: RequestedIdentity,
): readonly AutoApproval[] {
  if (spec.signerName !== kubeletClientSigner) return [];
  if (signingProblem(spec.signerName, asked, spec.usages ?? []) !== undefined) return [];
  return spec.username === asked.commonName ? ['selfnodeclient', 'nodeclient'] : ['nodeclient'];
}

function nodeProblem({ commonName, organizations }: RequestedIdentity): string | undefined {
  if (organizations.length !== 1 || organizations[0] !== NODES) return `subject organization is not ${NODES}`;
  if (!commonName.startsWith(NODE_PREFIX) || commonName === NODE_PREFIX)
    return `subject common name does not begin with ${NODE_PREFIX}`;
  return undefined;
}

function clientProblem(asked: RequestedIdentity, usages: readonly string[]): string | undefined {
  const { dnsNames, emails, ipAddresses, uris } = asked;
  if (dnsNames.length > 0) return 'DNS subjectAltNames are not allowed';
  if (emails.length > 0) return 'Email subjectAltNames are not allowed';
  if (ipAddresses.length > 0) return 'IP subjectAltNames are not allowed';
  if (uris.length > 0) return 'URI subjectAltNames are not allowed';
  return usageProblem(usages, 'client auth');
}

function servingProblem(asked: RequestedIdentity, usages: readonly string[]): string | undefined {
  if (asked.dnsNames.length === 0 && asked.ipAddresses.length === 0) return 'DNS or IP subjectAltName is required';
  if (asked.emails.length > 0) return 'Email subjectAltNames are not allowed';
  if (asked.uris.length > 0) return 'URI subjectAltNames are not allowed';
  return usageProblem(usages, 'server auth');
}

/** Exactly these; only keys that encipher need to say so. */
function usageProblem(usages: readonly string[], purpose: string): string | undefined {
  const required = ['digital signature', purpose];
  const given = new Set(usages.filter((usage) => usage !== 'key encipherment'));
  return given.size === required.length && required.every((usage) => given.has(usage))
    ? undefined
    : `usages did not match [${required.join(' ')}]`;
}
