import { statusError } from '../../lib/kube/status-errors.ts';
import type { Pod } from '../../lib/kube/types.ts';
import { nodeLeaseNamespace } from '../../lib/names.ts';
import type { AdmissionPlugin, AdmissionRequest } from '../registry/admission.ts';
import { nodeOfAgent } from '../registry/request.ts';

/** An agent writes its own node, its own Lease and the pods on its node, and nothing of others': a machine that was taken over stays alone. */
export const nodeRestriction: AdmissionPlugin = {
  name: 'NodeRestriction',
  validate(request) {
    const node = nodeOfAgent(request.context.user);
    if (node === undefined) return;
    const { plural } = request.definition.resource;
    if (plural === 'nodes')
      refuseUnless(request.name === node, request, node, `is not allowed to modify node "${request.name}"`);
    if (plural === 'leases') {
      const isOwn = request.namespace === nodeLeaseNamespace && request.name === node;
      refuseUnless(isOwn, request, node, 'can only access its own lease');
    }
    if (plural === 'pods') {
      refuseUnless(request.operation !== 'CREATE', request, node, 'can not create pods');
      const bound = (request.old as Pod | undefined)?.spec?.nodeName;
      refuseUnless(bound === node, request, node, `can only write pods with spec.nodeName set to itself`);
    }
  },
};

function refuseUnless(isAllowed: boolean, request: AdmissionRequest, node: string, why: string): void {
  if (isAllowed) return;
  const { group, plural } = request.definition.resource;
  const message = `${plural} "${request.name}" is forbidden: node "${node}" ${why}`;
  throw statusError(403, 'Forbidden', message, { name: request.name, group, kind: plural });
}
