import type { Container, Probe } from '../../../lib/kube/types.ts';
import type { FieldError } from '../strategy.ts';
import { nonNegative, portNumber, portNumberOrName, positive, requiredOneOf } from './field-checks.ts';
import { forbiddenField, invalidValue, requiredValue } from './field-errors.ts';

type Handler = Pick<Probe, 'exec' | 'httpGet' | 'tcpSocket' | 'grpc'> & {
  readonly sleep?: { readonly seconds: number } | undefined;
};

const handlerKinds = ['exec', 'httpGet', 'tcpSocket', 'grpc', 'sleep'] as const;

/** What is wrong with the three probes of a container. */
export function validateProbes(container: Container, at: string): readonly FieldError[] {
  const { livenessProbe, readinessProbe, startupProbe } = container;
  return [
    ...(livenessProbe ? validateProbe(livenessProbe, `${at}.livenessProbe`, 'restarts') : []),
    ...(readinessProbe ? validateProbe(readinessProbe, `${at}.readinessProbe`, 'gates') : []),
    ...(startupProbe ? validateProbe(startupProbe, `${at}.startupProbe`, 'restarts') : []),
  ];
}

/** `restarts`: a failing liveness or startup probe ends the container; `gates`: readiness does not. */
function validateProbe(probe: Probe, at: string, effect: 'restarts' | 'gates'): readonly FieldError[] {
  const errors: FieldError[] = [...validateHandler(probe, at)];
  for (const field of [
    'initialDelaySeconds',
    'timeoutSeconds',
    'periodSeconds',
    'successThreshold',
    'failureThreshold',
  ] as const) {
    errors.push(...nonNegative(`${at}.${field}`, probe[field]));
  }
  const grace = probe.terminationGracePeriodSeconds;
  if (effect === 'gates') {
    if (grace !== undefined) {
      errors.push(invalidValue(`${at}.terminationGracePeriodSeconds`, grace, 'must not be set for readinessProbes'));
    }
    return errors;
  }
  errors.push(...positive(`${at}.terminationGracePeriodSeconds`, grace));
  if (probe.successThreshold !== undefined && probe.successThreshold !== 1) {
    errors.push(invalidValue(`${at}.successThreshold`, probe.successThreshold, 'must be 1'));
  }
  return errors;
}

/** Exactly one way to act, well described; of several the first is looked at. A hook may sleep no longer than the pod has to end: `graceSeconds`. */
export function validateHandler(handler: Handler, at: string, graceSeconds = 0): readonly FieldError[] {
  const present = handlerKinds.filter((kind) => handler[kind] !== undefined);
  if (present.length === 0) return [requiredValue(at, 'must specify a handler type')];
  const errors: FieldError[] = present
    .slice(1)
    .map((kind) => forbiddenField(`${at}.${kind}`, 'may not specify more than 1 handler type'));
  const { exec, httpGet, tcpSocket, grpc, sleep } = handler;
  if (exec) {
    if ((exec.command ?? []).length === 0) errors.push(requiredValue(`${at}.exec.command`));
  } else if (httpGet) {
    if (!httpGet.path) errors.push(requiredValue(`${at}.httpGet.path`));
    errors.push(
      ...portNumberOrName(`${at}.httpGet.port`, httpGet.port),
      ...requiredOneOf(`${at}.httpGet.scheme`, httpGet.scheme, ['HTTP', 'HTTPS']),
    );
    for (const { name = '' } of httpGet.httpHeaders ?? []) {
      if (!/^[-A-Za-z0-9]+$/.test(name)) {
        const detail =
          "a valid HTTP header must consist of alphanumeric characters or '-' (e.g. 'X-Header-Name', regex used for validation is '[-A-Za-z0-9]+')";
        errors.push(invalidValue(`${at}.httpGet.httpHeaders`, name, detail));
      }
    }
  } else if (tcpSocket) errors.push(...portNumberOrName(`${at}.tcpSocket.port`, tcpSocket.port));
  else if (grpc) errors.push(...portNumber(`${at}.grpc.port`, grpc.port ?? 0));
  else if (sleep && (sleep.seconds < 0 || sleep.seconds > graceSeconds)) {
    const detail = `must be non-negative and less than terminationGracePeriodSeconds (${graceSeconds})`;
    errors.push(invalidValue(`${at}.sleep`, sleep.seconds, detail));
  }
  return errors;
}
