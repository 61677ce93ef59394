import { customResourceType } from '../../../lib/kube/custom-resource-type.ts';
import type { ResourceType } from '../../../lib/kube/resources.ts';
import type { CustomResourceDefinition } from '../../../lib/kube/types.ts';
import type { ApiObject } from '../api-object.ts';
import type { ResourceDefinition, ResourceView, ScalePaths } from '../definition.ts';
import { customStrategy } from './custom-strategy.ts';
import type { CustomVersion } from './custom-version.ts';
import { printerColumns } from './printer-columns.ts';
import { objectType } from './schema-type.ts';
import type { SchemaProps } from './schema-props.ts';

type CrdVersion = CustomResourceDefinition['spec']['versions'][number];

/** The row of a kind, made of the CustomResourceDefinition that defines it. Takes one that was validated. */
export function customDefinition({ spec }: CustomResourceDefinition): ResourceDefinition {
  const stored = spec.versions.find((version) => version.storage);
  if (!stored) throw new Error(`${spec.names.plural}.${spec.group} has no storage version`);
  const schema = schemaOf(stored);
  const typeOf = ({ name }: CrdVersion) => customResourceType(spec, name);
  const served = spec.versions.filter((version) => version.served);
  const hasStatus = stored.subresources?.status !== undefined;
  return {
    resource: typeOf(stored),
    strategy: customStrategy(schema, hasStatus),
    columns: printerColumns(stored.additionalPrinterColumns),
    hasStatus,
    scale: scaleOf(stored),
    hasGeneration: true,
    selectableFields: Object.fromEntries(
      (stored.selectableFields ?? []).map(({ jsonPath }) => [jsonPath.slice(1), jsonPath.slice(1)]),
    ),
    returnsDeleted: false,
    subresources: [],
    views: served.filter((version) => version !== stored).map((version) => viewOf(typeOf(version), typeOf(stored))),
    createsOnUpdate: false,
    custom: new Map(served.map((version) => [`${spec.group}/${version.name}`, versionOf(spec, version)])),
  };
}

function versionOf(spec: CustomResourceDefinition['spec'], version: CrdVersion): CustomVersion {
  const schema = schemaOf(version);
  const apiVersion = `${spec.group}/${version.name}`;
  return {
    apiVersion,
    schema,
    type: objectType(schema),
    columns: printerColumns(version.additionalPrinterColumns),
    deprecation: version.deprecated
      ? (version.deprecationWarning ?? `${apiVersion} ${spec.names.kind} is deprecated`)
      : undefined,
  };
}

function schemaOf(version: CrdVersion): SchemaProps {
  return version.schema?.openAPIV3Schema ?? {};
}

/** Versions differ in their schemas only (conversion `None`): the object is the same under another `apiVersion`. */
function viewOf(resource: ResourceType, stored: ResourceType): ResourceView {
  const as = (version: string) => (object: ApiObject) => ({ ...object, apiVersion: `${resource.group}/${version}` });
  return { resource, toView: as(resource.version), fromView: as(stored.version) };
}

function scaleOf({ subresources }: CrdVersion): ScalePaths | undefined {
  const scale = subresources?.scale;
  if (!scale) return undefined;
  const selectorPath = scale.labelSelectorPath?.slice(1).split('.');
  return {
    specReplicas: scale.specReplicasPath.slice(1),
    statusReplicas: scale.statusReplicasPath.slice(1),
    selector: (object) => {
      let value: unknown = selectorPath ? object : '';
      for (const part of selectorPath ?? []) value = (value as Readonly<Record<string, unknown>> | undefined)?.[part];
      return typeof value === 'string' ? value : '';
    },
  };
}
