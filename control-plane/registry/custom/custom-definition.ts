import type { Clock } from '../../../lib/clock.ts';
import { customResourceType } from '../../../lib/kube/custom-resource-type.ts';
import type { CustomResourceDefinition } from '../../../lib/kube/types.ts';
import type { ResourceDefinition, ScalePaths } from '../definition.ts';
import type { VersionAccess } from '../registry.ts';
import { renaming, WebhookConverter, type AskWebhook, type Converter } from './conversion/converter.ts';
import { VersionedStates } from './conversion/versioned-states.ts';
import { customStrategy } from './custom-strategy.ts';
import type { CustomVersion } from './custom-version.ts';
import { applyDefaults, hasDefaults } from './default-values.ts';
import { printerColumns } from './printer-columns.ts';
import { objectType } from './schema-type.ts';
import type { SchemaProps } from './schema-props.ts';

type CrdVersion = CustomResourceDefinition['spec']['versions'][number];

/** A kind that a CustomResourceDefinition defines. */
export interface CustomKind {
  /** The kind in the version that is stored. */
  readonly definition: ResourceDefinition;
  /** The kind in each version that is served, by `group/version`; empty when there is one version only and nothing is ever converted. */
  readonly versions: ReadonlyMap<string, VersionAccess>;
}

/** What versions of a kind are converted with. */
export interface ConversionParts {
  readonly clock: Clock;
  readonly uid: () => string;
  readonly ask: AskWebhook;
}

/** The kind that a CustomResourceDefinition defines. Takes one that was validated. */
export function customKind({ spec }: CustomResourceDefinition, parts: ConversionParts): CustomKind {
  const stored = spec.versions.find((version) => version.storage);
  if (!stored) throw new Error(`${spec.names.plural}.${spec.group} has no storage version`);
  const served = spec.versions.filter((version) => version.served);
  const apiVersionOf = ({ name }: CrdVersion) => `${spec.group}/${name}`;
  const schemas = new Map(spec.versions.map((version) => [apiVersionOf(version), schemaOf(version)]));
  const custom = new Map(served.map((version) => [apiVersionOf(version), versionOf(spec, version)]));
  const fromStorage = storedDefaults(schemas);
  const definitionOf = (version: CrdVersion) => ({
    ...rowOf(spec, version),
    views: served.filter((one) => one !== version).map((one) => ({ resource: customResourceType(spec, one.name) })),
    custom,
    ...(fromStorage ? { fromStorage } : {}),
  });
  const definition = definitionOf(stored);
  if (spec.versions.length === 1) return { definition, versions: new Map() };
  const shared = {
    storageVersion: apiVersionOf(stored),
    schemas,
    converter: converterOf(spec, parts),
    clock: parts.clock,
  };
  const versions = spec.versions.map((version): [string, VersionAccess] => {
    const apiVersion = apiVersionOf(version);
    return [
      apiVersion,
      { definition: definitionOf(version), conversion: new VersionedStates({ ...shared, apiVersion }) },
    ];
  });
  return { definition, versions: new Map(versions) };
}

function converterOf({ conversion }: CustomResourceDefinition['spec'], { ask, uid }: ConversionParts): Converter {
  const config = conversion?.strategy === 'Webhook' ? conversion.webhook?.clientConfig : undefined;
  if (!config) return renaming;
  return new WebhookConverter({
    config,
    reviewVersions: conversion?.webhook?.conversionReviewVersions ?? [],
    ask,
    uid,
  });
}

/** One version as a row. */
function rowOf(
  spec: CustomResourceDefinition['spec'],
  version: CrdVersion,
): Omit<ResourceDefinition, 'views' | 'custom'> {
  const hasStatus = version.subresources?.status !== undefined;
  const scale = scaleOf(version);
  return {
    resource: customResourceType(spec, version.name),
    strategy: customStrategy(schemaOf(version), { hasStatus, scale }),
    columns: printerColumns(version.additionalPrinterColumns),
    hasStatus,
    scale,
    hasGeneration: true,
    selectableFields: Object.fromEntries(
      (version.selectableFields ?? []).map(({ jsonPath }) => [jsonPath.slice(1), jsonPath.slice(1)]),
    ),
    returnsDeleted: false,
    subresources: [],
    createsOnUpdate: false,
    requiresRevision: true,
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

/** What an object that was stored before a default was defined is given when it is read: the defaults of the version that it is stored in. */
function storedDefaults(schemas: ReadonlyMap<string, SchemaProps>): ResourceDefinition['fromStorage'] {
  if (![...schemas.values()].some(hasDefaults)) return undefined;
  return (object) => {
    const schema = schemas.get(object.apiVersion);
    return schema !== undefined && applyDefaults(schema, object);
  };
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
