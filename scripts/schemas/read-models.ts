import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** One property of a published model. `type` is in the notation of `lib/kube/schema-tables.ts`. */
interface ModelField {
  readonly name: string;
  readonly type: string;
  readonly description: string;
}

export interface Model {
  readonly name: string;
  readonly description: string;
  readonly fields: readonly ModelField[];
}

interface Attribute {
  readonly name: string;
  readonly baseName: string;
  readonly type: string;
  readonly format: string;
}

/** Fields that hold quantities: the published models call them strings. */
const quantityFields: ReadonlySet<string> = new Set([
  'V1ResourceRequirements.limits',
  'V1ResourceRequirements.requests',
  'V1VolumeResourceRequirements.limits',
  'V1VolumeResourceRequirements.requests',
  'V1PodSpec.overhead',
  'V1Overhead.podFixed',
  'V1NodeStatus.allocatable',
  'V1NodeStatus.capacity',
  'V1ContainerStatus.allocatedResources',
  'V1PersistentVolumeSpec.capacity',
  'V1PersistentVolumeClaimStatus.allocatedResources',
  'V1PersistentVolumeClaimStatus.capacity',
  'V1ResourceQuotaSpec.hard',
  'V1ResourceQuotaStatus.hard',
  'V1ResourceQuotaStatus.used',
  'V1LimitRangeItem._default',
  'V1LimitRangeItem.defaultRequest',
  'V1LimitRangeItem.max',
  'V1LimitRangeItem.maxLimitRequestRatio',
  'V1LimitRangeItem.min',
  'V1EmptyDirVolumeSource.sizeLimit',
  'V1ResourceFieldSelector.divisor',
  'V1CSIStorageCapacity.capacity',
  'V1CSIStorageCapacity.maximumVolumeSize',
  'V1CapacityRequestPolicy._default',
  'V1CapacityRequestPolicy.validValues',
  'V1CapacityRequestPolicyRange.max',
  'V1CapacityRequestPolicyRange.min',
  'V1CapacityRequestPolicyRange.step',
  'V1CapacityRequirements.requests',
  'V1Counter.value',
  'V1DeviceCapacity.value',
  'V1DeviceRequestAllocationResult.consumedCapacity',
  'V1NodeAllocatableResourceClaimStatus.resources',
  'V1PodStatus.allocatedResources',
  'V1NodeAllocatableResourceMapping.allocationMultiplier',
  'V2MetricTarget.averageValue',
  'V2MetricTarget.value',
  'V2MetricValueStatus.averageValue',
  'V2MetricValueStatus.value',
  'V2HPAScalingRules.tolerance',
]);

/** All models of stable versions, sorted by name. */
export async function readModels(generatedDir: string): Promise<readonly Model[]> {
  const dir = join(generatedDir, 'models');
  const models: Model[] = [];
  for (const file of readdirSync(dir).sort()) {
    const name = /^(\w+)\.js$/.exec(file)?.[1];
    if (!name || !/V\d+[A-Z]/.test(name)) continue;
    const module = (await import(pathToFileURL(join(dir, file)).href)) as Record<
      string,
      { readonly attributeTypeMap?: readonly Attribute[] }
    >;
    const attributes = module[name]?.attributeTypeMap;
    if (attributes) models.push(readModel(name, attributes, readFileSync(join(dir, `${name}.d.ts`), 'utf8')));
  }
  return models;
}

function readModel(name: string, attributes: readonly Attribute[], declaration: string): Model {
  const [head = '', body = ''] = declaration.split(`export declare class ${name} {`);
  return {
    name,
    description: lastComment(head),
    fields: attributes.map((attribute) => readField(name, attribute, body)),
  };
}

function readField(model: string, attribute: Attribute, body: string): ModelField {
  const declared = new RegExp(
    `(/\\*\\*(?:(?!\\*/)[^])*\\*/)?\\s*'${attribute.name.replaceAll('$', '\\$')}'(\\??): `,
  ).exec(body);
  if (!declared) throw new Error(`${model}.${attribute.name} is not declared`);
  const isQuantity = quantityFields.has(`${model}.${attribute.name}`);
  const required = declared[2] === '' ? '!' : '';
  return {
    name: attribute.baseName,
    type: `${typeText(attribute.type, attribute.format, isQuantity)}${required}`,
    description: lastComment(declared[1] ?? ''),
  };
}

function typeText(type: string, format: string, isQuantity: boolean): string {
  const list = /^Array<(.+)>$/.exec(type)?.[1];
  if (list) return `[]${typeText(list, format, isQuantity)}`;
  const map = /^\{ \[key: string\]: (.+); \}$/.exec(type)?.[1];
  if (map) return `{}${typeText(map, format, isQuantity)}`;
  if (type === 'Date') return 'time';
  if (type === 'V1MicroTime') return 'micro-time';
  if (type === 'IntOrString') return 'int-or-string';
  if (type === 'number') return format;
  if (type === 'string') {
    if (isQuantity) return 'quantity';
    return format === 'byte' ? 'bytes' : 'string';
  }
  return type;
}

/** The text of the last comment, without the marks that the generator put in. */
function lastComment(source: string): string {
  const start = source.lastIndexOf('/**');
  if (start < 0) return '';
  return source
    .slice(start + 3, source.indexOf('*/', start))
    .split('\n')
    .map((line) => line.replace(/^\s*\*? ?/, ''))
    .join('\n')
    .replaceAll(/\\(['"])/g, '$1')
    .trim();
}
