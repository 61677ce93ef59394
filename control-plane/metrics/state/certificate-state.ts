import type { CertificateSigningRequest } from '../../../lib/kube/types.ts';
import type { MetricText } from './metric-text.ts';

const verdicts = ['Approved', 'Denied', 'Failed'] as const;

/** `kube_certificatesigningrequest_*`. */
export function addCertificateSigningRequest(text: MetricText, request: CertificateSigningRequest): void {
  const { metadata, spec, status } = request;
  const id = { certificatesigningrequest: metadata?.name, signer_name: spec?.signerName };
  text.time('kube_certificatesigningrequest_created', 'Unix creation timestamp', id, metadata?.creationTimestamp);
  for (const verdict of verdicts) {
    const count = status?.conditions?.filter(({ type }) => type === verdict).length ?? 0;
    const labels = { ...id, condition: verdict.toLowerCase() };
    text.gauge('kube_certificatesigningrequest_condition', 'The number of each condition.', labels, count);
  }
  const length = Buffer.byteLength(status?.certificate ?? '', 'base64');
  text.gauge('kube_certificatesigningrequest_cert_length', 'Length of the issued cert', id, length);
}
