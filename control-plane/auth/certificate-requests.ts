import { certificateSigningRequests } from '../../lib/kube/resources.ts';
import { forbidden } from '../../lib/kube/status-errors.ts';
import type { CertificateSigningRequest } from '../../lib/kube/types.ts';
import type { Rbac } from './rbac.ts';
import type { AdmissionPlugin, AdmissionRequest } from '../registry/admission.ts';

const GROUP = 'certificates.k8s.io';

/** Notes who asks for a certificate, and lets approve and sign only who may do that for the signer. */
export function certificateRequests(rbac: Rbac): AdmissionPlugin {
  return {
    name: 'CertificateRequests',
    admit(request) {
      if (!isMeant(request) || request.operation !== 'CREATE') return;
      const { spec } = request.object as unknown as CertificateSigningRequest;
      if (!spec) return;
      const { user } = request.context;
      spec.username = user.name;
      spec.groups = [...user.groups];
      if (user.uid === undefined) delete spec.uid;
      else spec.uid = user.uid;
    },
    validate(request) {
      if (!isMeant(request) || request.operation !== 'UPDATE') return;
      const { subresource, name } = request;
      const verb = subresource === 'approval' ? 'approve' : subresource === 'status' ? 'sign' : undefined;
      if (verb === undefined) return;
      const signer = (request.object as unknown as CertificateSigningRequest).spec.signerName;
      const [domain = ''] = signer.split('/');
      const mayDo = [signer, `${domain}/*`].some(
        (one) => rbac.authorize(request.context.user, { verb, group: GROUP, resource: 'signers', name: one }).allowed,
      );
      if (!mayDo)
        throw forbidden(
          certificateSigningRequests,
          name,
          `user not permitted to ${verb} requests with signerName ${JSON.stringify(signer)}`,
        );
    },
  };
}

function isMeant({ definition: { resource } }: AdmissionRequest): boolean {
  return resource.group === GROUP && resource.plural === 'certificatesigningrequests';
}
