import { stringify } from 'yaml';
import { VigilError } from '../lib/errors.ts';
import { formatDuration } from '../lib/duration.ts';
import { resourcePath } from '../lib/kube/resource-path.ts';
import { events as eventResource } from '../lib/kube/resources.ts';
import type { CoreEvent, KubeObject } from '../lib/kube/types.ts';
import { connect } from './api/connect.ts';
import { clusterOptions } from './common-options.ts';
import type { Verb } from './command.ts';
import { print } from './output/print.ts';
import { table } from './output/table.ts';
import { parseResourceArguments } from './resource-argument.ts';

/** Left out of the page: noise to a reader. */
const hiddenAnnotations = new Set(['kubectl.kubernetes.io/last-applied-configuration']);

export const describe: Verb = {
  summary: 'an object in full, with its events',
  usage: 'KIND NAME… | KIND/NAME…',
  options: clusterOptions,
  async run(args, context) {
    const api = await connect(args, context);
    const targets = parseResourceArguments(args.positionals);
    if (targets.every((target) => target.names.length === 0))
      throw new VigilError('USAGE', 'invalid', 'name the object to describe');
    const pages: string[] = [];
    for (const { resource, names } of targets) {
      for (const name of names) {
        const namespace = args.string('namespace') ?? api.namespace;
        const object = await api.json<DescribedObject>('GET', resourcePath(resource, { namespace, name }));
        const scope = resource.namespaced ? namespace : undefined;
        const about = await api.client.list(
          eventResource,
          { namespace: scope, fieldSelector: `involvedObject.uid=${object.metadata?.uid}` },
          context.signal,
        );
        pages.push(pageOf(object, about.items, Date.now()));
      }
    }
    print(context, pages.join('\n\n'));
    return 0;
  },
};

interface DescribedObject extends KubeObject {
  readonly spec?: unknown;
  readonly status?: unknown;
  readonly [field: string]: unknown;
}

/** The whole page: identity, then every other field as YAML, then events. */
export function pageOf(object: DescribedObject, events: readonly CoreEvent[], nowMs: number): string {
  const { metadata, apiVersion: _apiVersion, kind, ...rest } = object;
  const annotations = Object.fromEntries(
    Object.entries(metadata?.annotations ?? {}).filter(([key]) => !hiddenAnnotations.has(key)),
  );
  const created = metadata?.creationTimestamp;
  const lines = [
    `Name:         ${metadata?.name ?? ''}`,
    ...(metadata?.namespace === undefined ? [] : [`Namespace:    ${metadata.namespace}`]),
    `Kind:         ${kind ?? ''}`,
    ...pairs('Labels:', metadata?.labels ?? {}),
    ...pairs('Annotations:', annotations),
    ...(created === undefined ? [] : [`Created:      ${created} (${formatDuration(nowMs - Date.parse(created))} ago)`]),
    ...(metadata?.deletionTimestamp === undefined ? [] : [`Deleted:      ${metadata.deletionTimestamp}`]),
    ...(metadata?.ownerReferences ?? [])
      .filter((owner) => owner.controller === true)
      .map((owner) => `Controlled By: ${owner.kind}/${owner.name}`),
    ...Object.entries(rest).map(
      ([field, value]) => `${field.charAt(0).toUpperCase()}${field.slice(1)}:\n${indent(stringify(value))}`,
    ),
  ];
  if (events.length === 0) return [...lines, 'Events:       <none>'].join('\n');
  const rows = events.map((event) => {
    const seen = Date.parse(event.lastTimestamp ?? event.eventTime ?? event.metadata.creationTimestamp ?? '');
    const count = event.count ?? 1;
    return [
      event.type ?? '',
      event.reason ?? '',
      `${formatDuration(nowMs - seen)}${count > 1 ? ` (x${count})` : ''}`,
      event.source?.component ?? event.reportingComponent ?? '',
      event.message ?? '',
    ];
  });
  return [...lines, 'Events:', indent(table(['TYPE', 'REASON', 'AGE', 'FROM', 'MESSAGE'], rows))].join('\n');
}

function pairs(title: string, values: Readonly<Record<string, string>>): string[] {
  const entries = Object.entries(values);
  if (entries.length === 0) return [`${title.padEnd(13)} <none>`];
  return entries.map(([key, value], index) => `${(index === 0 ? title : '').padEnd(13)} ${key}=${value}`);
}

function indent(text: string): string {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => `  ${line}`)
    .join('\n');
}
