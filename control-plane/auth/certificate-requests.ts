import { messageOf } from '../../lib/errors.ts';
import { certificateSigningRequests } from '../../lib/kube/resources.ts';
import { forbidden } from '../../lib/kube/status-errors.ts';
import type { CertificateSigningRequest } from '../../lib/kube/types.ts';
import type { Rbac } from './rbac.ts';
import type { AdmissionPlugin, AdmissionRequest } from '../registry/admission.ts';

const GROUP = 'certificates.k8s.io';
const CLIENT_SIGNER = 'kubernetes.io/kube-apiserver-client';
const SUPERUSERS = 'system:masters';

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
      if (!isMeant(request)) return;
      if (request.operation === 'CREATE') return refuseSuperusers(request);
      if (request.operation !== 'UPDATE') return;
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

/** A certificate of this group would be stronger than every role, and could not be taken back. */
async function refuseSuperusers(request: AdmissionRequest): Promise<void> {
  const { spec } = request.object as unknown as CertificateSigningRequest;
  if (spec?.signerName !== CLIENT_SIGNER) return;
  // A large library, and most clusters never see such a request.
  const { readCertificateRequest } = await import('../../lib/pki-requests.ts');
  let organizations: readonly string[];
  try {
    ({ organizations } = readCertificateRequest(Buffer.from(spec.request, 'base64').toString('utf8')));
  } catch (error) {
    throw forbidden(certificateSigningRequests, request.name, `unable to parse CSR: ${messageOf(error)}`);
  }
  if (organizations.includes(SUPERUSERS))
    throw forbidden(
      certificateSigningRequests,
      request.name,
      `use of ${CLIENT_SIGNER} signer with ${SUPERUSERS} group is not allowed`,
    );
}

function isMeant({ definition: { resource } }: AdmissionRequest): boolean {
  return resource.group === GROUP && resource.plural === 'certificatesigningrequests';
}
