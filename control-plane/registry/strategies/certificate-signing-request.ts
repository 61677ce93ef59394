import { kubeTime } from '../../../lib/kube/time.ts';
import type { CertificateSigningRequest } from '../../../lib/kube/types.ts';
import type { FieldError, Strategy } from '../strategy.ts';
import { requiredOneOf } from './field-checks.ts';
import { duplicateValue, forbiddenField, invalidValue, requiredValue, unsupportedValue } from './field-errors.ts';

const MIN_SECONDS = 600;
const usages = [
  'any',
  'cert sign',
  'client auth',
  'code signing',
  'content commitment',
  'crl sign',
  'data encipherment',
  'decipher only',
  'digital signature',
  'email protection',
  'encipher only',
  'ipsec end system',
  'ipsec tunnel',
  'ipsec user',
  'key agreement',
  'key encipherment',
  'microsoft sgc',
  'netscape sgc',
  'ocsp signing',
  's/mime',
  'server auth',
  'signing',
  'timestamping',
];
/** Once said, these stay, and can only be so. */
const finalConditions = ['Approved', 'Denied', 'Failed'];
/** What `approval` says, and nobody else. */
const decisions: ReadonlySet<string> = new Set(['Approved', 'Denied']);

type Status = NonNullable<CertificateSigningRequest['status']>;
type Condition = NonNullable<Status['conditions']>[number];

export const certificateSigningRequestStrategy: Strategy<CertificateSigningRequest> = {
  prepareForCreate(request) {
    request.status = {};
  },
  /** What is asked for stays as it was asked for. */
  prepareForUpdate(request, old) {
    request.spec = old.spec;
  },
  // Who decides issues nothing, and who issues decides nothing.
  prepareForStatusUpdate(request, old, nowMs, subresource) {
    const status = (request.status ??= {});
    if (subresource !== 'approval') status.conditions = withDecisions(status.conditions, old.status?.conditions);
    else if (old.status?.certificate === undefined) delete status.certificate;
    else status.certificate = old.status.certificate;
    if (status.conditions)
      status.conditions = status.conditions.map((condition) => withTimes(condition, old.status?.conditions, nowMs));
  },
  validate({ spec }) {
    const errors: FieldError[] = [];
    const pem = Buffer.from(spec?.request ?? '', 'base64').toString('latin1');
    if (!pem.includes('-----BEGIN CERTIFICATE REQUEST-----'))
      errors.push(invalidValue('spec.request', spec?.request, 'PEM block type must be CERTIFICATE REQUEST'));
    if (!spec?.signerName) errors.push(requiredValue('spec.signerName'));
    else if (!/^[^/\s]+(\.[^/\s]+)+\/\S+$/.test(spec.signerName))
      errors.push(
        invalidValue(
          'spec.signerName',
          spec.signerName,
          "must be a fully qualified domain and path of the form 'example.com/signer-name'",
        ),
      );
    const asked = spec?.usages ?? [];
    if (asked.length === 0) errors.push(requiredValue('spec.usages'));
    for (const [at, usage] of asked.entries())
      if (!usages.includes(usage)) errors.push(unsupportedValue(`spec.usages[${at}]`, usage, usages));
      else if (asked.indexOf(usage) < at) errors.push(duplicateValue(`spec.usages[${at}]`, usage));
    const { expirationSeconds } = spec ?? {};
    if (expirationSeconds !== undefined && expirationSeconds < MIN_SECONDS)
      errors.push(
        invalidValue(
          'spec.expirationSeconds',
          expirationSeconds,
          `may not specify a duration less than ${MIN_SECONDS} seconds (10 minutes)`,
        ),
      );
    return errors;
  },
  validateStatusUpdate: ({ status }, old) => {
    const has = (type: string, of: CertificateSigningRequest['status']) =>
      of?.conditions?.some((condition) => condition.type === type) === true;
    const errors: FieldError[] = [...conditionErrors(status?.conditions ?? []), ...certificateErrors(status)];
    for (const type of finalConditions)
      if (has(type, old.status) && !has(type, status))
        errors.push(
          forbiddenField('status.conditions', `updates may not remove a condition of type ${JSON.stringify(type)}`),
        );
    if (has('Approved', status) && has('Denied', status))
      errors.push(invalidValue('status.conditions', 'Denied', 'Approved and Denied conditions are mutually exclusive'));
    if (old.status?.certificate && status?.certificate !== old.status.certificate)
      errors.push(forbiddenField('status.certificate', 'updates may not change the certificate'));
    return errors;
  },
};

/** The conditions as they are sent, but with the decisions that there are: none is added, changed or taken away. */
function withDecisions(
  conditions: Status['conditions'] = [],
  old: Status['conditions'] = [],
): NonNullable<Status['conditions']> {
  const decided = new Map(
    old.filter(({ type }) => decisions.has(type)).map((condition) => [condition.type, condition]),
  );
  const kept = conditions.flatMap((condition) => {
    if (!decisions.has(condition.type)) return [condition];
    const decision = decided.get(condition.type);
    decided.delete(condition.type);
    return decision ? [decision] : [];
  });
  return [...kept, ...decided.values()];
}

/** When a condition was last said, and since when it is so. */
function withTimes(condition: Condition, old: readonly Condition[] = [], nowMs: number): Condition {
  const before = old.find(({ type, status }) => type === condition.type && status === condition.status);
  const since = condition.lastTransitionTime ?? before?.lastTransitionTime ?? kubeTime(nowMs);
  return { ...condition, lastUpdateTime: condition.lastUpdateTime ?? kubeTime(nowMs), lastTransitionTime: since };
}

function conditionErrors(conditions: readonly Partial<Condition>[]): readonly FieldError[] {
  return conditions.flatMap(({ type = '', status = '' }, index) => {
    const at = `status.conditions[${index}]`;
    const isTwice = conditions.findIndex((other) => other.type === type) < index;
    const supported = finalConditions.includes(type) ? ['True'] : ['False', 'True', 'Unknown'];
    return [
      ...(type === '' ? [requiredValue(`${at}.type`)] : isTwice ? [duplicateValue(`${at}.type`, type)] : []),
      ...requiredOneOf(`${at}.status`, status, supported),
    ];
  });
}

function certificateErrors({ certificate }: Status = {}): readonly FieldError[] {
  if (!certificate || Buffer.from(certificate, 'base64').includes('-----BEGIN CERTIFICATE-----')) return [];
  return [invalidValue('status.certificate', '<certificate data>', 'must contain at least one CERTIFICATE PEM block')];
}
