import { VigilError } from '../../lib/errors.ts';
import type { ConfigMap, Container, Secret } from '../../lib/kube/types.ts';
import { expand } from './expand.ts';
import { fieldValue, resourceValue, type DownwardFacts } from './field-ref.ts';

/** Objects that a container's environment takes values from, fetched beforehand; `undefined` = not found. */
interface EnvObjects {
  configMap(name: string): ConfigMap | undefined;
  secret(name: string): Secret | undefined;
}

export interface EnvInput {
  readonly container: Container;
  readonly facts: DownwardFacts;
  readonly objects: EnvObjects;
  readonly services: ReadonlyMap<string, string>;
}

/** Names of the ConfigMaps and Secrets that `containerEnv` will ask for. */
export function envReferences(container: Container): {
  readonly configMaps: Set<string>;
  readonly secrets: Set<string>;
} {
  const configMaps = new Set<string>();
  const secrets = new Set<string>();
  for (const source of container.envFrom ?? []) {
    if (source.configMapRef?.name) configMaps.add(source.configMapRef.name);
    if (source.secretRef?.name) secrets.add(source.secretRef.name);
  }
  for (const { valueFrom } of container.env ?? []) {
    if (valueFrom?.configMapKeyRef?.name) configMaps.add(valueFrom.configMapKeyRef.name);
    if (valueFrom?.secretKeyRef?.name) secrets.add(valueFrom.secretKeyRef.name);
  }
  return { configMaps, secrets };
}

/**
 * A container's environment: Services first, then `envFrom` in order, then `env` in order, later ones winning. Throws `CONTAINER_CONFIG_INVALID` in
 * upstream's words when something that is not optional is missing.
 */
export function containerEnv(input: EnvInput): ReadonlyMap<string, string> {
  const env = new Map(input.services);
  for (const source of input.container.envFrom ?? []) {
    for (const [key, value] of Object.entries(sourceData(input, source))) {
      const name = `${source.prefix ?? ''}${key}`;
      if (name !== '' && !name.includes('=')) env.set(name, value);
    }
  }
  const own = new Map<string, string>();
  for (const variable of input.container.env ?? []) {
    const value = variable.valueFrom
      ? valueFrom(input, variable.valueFrom, variable.name)
      : expand(variable.value ?? '', (name) => own.get(name) ?? env.get(name));
    if (value === undefined) continue;
    own.set(variable.name, value);
    env.set(variable.name, value);
  }
  return env;
}

type EnvFrom = NonNullable<Container['envFrom']>[number];
type ValueFrom = NonNullable<NonNullable<Container['env']>[number]['valueFrom']>;

function sourceData(input: EnvInput, source: EnvFrom): Readonly<Record<string, string>> {
  if (source.configMapRef) {
    const { name = '', optional } = source.configMapRef;
    const found = input.objects.configMap(name);
    if (!found && optional !== true) throw invalid(`configmap "${name}" not found`);
    return found?.data ?? {};
  }
  if (source.secretRef) {
    const { name = '', optional } = source.secretRef;
    const found = input.objects.secret(name);
    if (!found && optional !== true) throw invalid(`secret "${name}" not found`);
    return Object.fromEntries(Object.entries(found?.data ?? {}).map(([key, value]) => [key, decode(value)]));
  }
  return {};
}

function valueFrom(input: EnvInput, from: ValueFrom, variable: string): string | undefined {
  const namespace = input.facts.pod.metadata?.namespace ?? '';
  if (from.fieldRef) {
    const value = fieldValue(from.fieldRef.fieldPath, input.facts);
    if (value === undefined)
      throw invalid(`environment variable ${variable}: unsupported fieldPath ${from.fieldRef.fieldPath}`);
    return value;
  }
  if (from.resourceFieldRef) {
    const { resource, divisor, containerName } = from.resourceFieldRef;
    const other = input.facts.pod.spec?.containers.find(({ name }) => name === containerName);
    const value = resourceValue(resource, divisor, other ?? input.container, input.facts);
    if (value === undefined) throw invalid(`environment variable ${variable}: unsupported resource ${resource}`);
    return value;
  }
  if (from.configMapKeyRef) {
    const { name = '', key, optional } = from.configMapKeyRef;
    const found = input.objects.configMap(name);
    if (!found && optional !== true) throw invalid(`configmap "${name}" not found`);
    const value = found?.data?.[key];
    if (found && value === undefined && optional !== true) {
      throw invalid(`couldn't find key ${key} in ConfigMap ${namespace}/${name}`);
    }
    return value;
  }
  if (from.secretKeyRef) {
    const { name = '', key, optional } = from.secretKeyRef;
    const found = input.objects.secret(name);
    if (!found && optional !== true) throw invalid(`secret "${name}" not found`);
    const value = found?.data?.[key];
    if (found && value === undefined && optional !== true) {
      throw invalid(`couldn't find key ${key} in Secret ${namespace}/${name}`);
    }
    return value === undefined ? undefined : decode(value);
  }
  throw invalid(`environment variable ${variable}: valueFrom names no source that this agent knows`);
}

function decode(base64: string): string {
  return Buffer.from(base64, 'base64').toString('utf8');
}

function invalid(message: string): VigilError {
  return new VigilError('CONTAINER_CONFIG_INVALID', 'invalid', message);
}
