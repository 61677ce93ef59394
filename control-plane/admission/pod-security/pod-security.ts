import { namespaces } from '../../../lib/kube/resources.ts';
import { forbidden } from '../../../lib/kube/status-errors.ts';
import type { PodSpec } from '../../../lib/kube/types.ts';
import type { AdmissionPlugin, AdmissionRequest } from '../../registry/admission.ts';
import { isEqualJson } from '../../registry/api-object.ts';
import type { Registry } from '../../registry/registry.ts';
import { baselineChecks, restrictedChecks } from './checks.ts';

type Level = 'privileged' | 'baseline' | 'restricted';
const PREFIX = 'pod-security.kubernetes.io/';

/** Kinds with a pod's template, and where it is. */
const templates: ReadonlyMap<string, readonly string[]> = new Map([
  ['podtemplates', ['template', 'spec']],
  ['replicationcontrollers', ['spec', 'template', 'spec']],
  ['deployments', ['spec', 'template', 'spec']],
  ['replicasets', ['spec', 'template', 'spec']],
  ['statefulsets', ['spec', 'template', 'spec']],
  ['daemonsets', ['spec', 'template', 'spec']],
  ['jobs', ['spec', 'template', 'spec']],
  ['cronjobs', ['spec', 'jobTemplate', 'spec', 'template', 'spec']],
]);

/** Holds pods to the level that their namespace's labels name: refused by `enforce`, told by `warn`, logged by `audit`. Workloads are only warned about. */
export function podSecurity(registry: Registry): AdmissionPlugin {
  return {
    name: 'PodSecurity',
    validate(request) {
      if (request.operation !== 'CREATE' && request.operation !== 'UPDATE') return;
      if (request.subresource !== undefined && request.subresource !== 'ephemeralcontainers') return;
      const { plural } = request.definition.resource;
      const path = plural === 'pods' ? ['spec'] : templates.get(plural);
      const spec = path && (at(request.object, path) as PodSpec | undefined);
      if (!spec || isEqualJson(spec, at(request.old, path))) return;
      const labels = registry.of(namespaces).cache.get(request.namespace ?? '')?.object.metadata.labels ?? {};
      if (plural === 'pods') enforce(labels, spec, request);
      const warning = problem(labels, 'warn', spec);
      if (warning !== undefined) request.context.warnings.push(`would violate ${warning}`);
      const audited = problem(labels, 'audit', spec);
      if (audited !== undefined)
        registry.log.info(
          { namespace: request.namespace, name: request.name, reason: audited },
          'pod security violated',
        );
    },
  };
}

function enforce(labels: Readonly<Record<string, string>>, spec: PodSpec, request: AdmissionRequest): void {
  const why = problem(labels, 'enforce', spec);
  if (why !== undefined) throw forbidden(request.definition.resource, request.name, `violates ${why}`);
}

/** `PodSecurity "baseline:latest": privileged (container "main" must not …)`; `undefined` when the pod keeps to the level. */
function problem(
  labels: Readonly<Record<string, string>>,
  mode: 'enforce' | 'warn' | 'audit',
  spec: PodSpec,
): string | undefined {
  const level = levelOf(labels[PREFIX + mode]);
  const checks =
    level === 'privileged' ? [] : level === 'baseline' ? baselineChecks : [...baselineChecks, ...restrictedChecks];
  const violations = checks.flatMap((check) => check(spec) ?? []);
  if (violations.length === 0) return undefined;
  const version = labels[`${PREFIX}${mode}-version`] ?? 'latest';
  const text = violations.map(({ reason, detail }) => `${reason} (${detail})`).join(', ');
  return `PodSecurity "${level}:${version}": ${text}`;
}

/** A level that nobody knows is the strictest, as upstream takes it. */
function levelOf(label: string | undefined): Level {
  if (label === undefined || label === 'privileged') return 'privileged';
  return label === 'baseline' ? 'baseline' : 'restricted';
}

function at(object: unknown, path: readonly string[]): unknown {
  let value = object;
  for (const name of path) value = (value as Readonly<Record<string, unknown>> | null | undefined)?.[name];
  return value;
}
