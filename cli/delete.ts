import { isNotFound, KubeApiError } from '../lib/kube/client.ts';
import { VigilError } from '../lib/errors.ts';
import { resourcePath } from '../lib/kube/resource-path.ts';
import { connect } from './api/connect.ts';
import type { Api } from './api/api.ts';
import { watchUntil } from './api/watch-until.ts';
import { placeOf, readManifests, type ObjectPlace } from './apply.ts';
import { clusterOptions } from './common-options.ts';
import type { Verb } from './command.ts';
import { print } from './output/print.ts';
import { parseResourceArguments } from './resource-argument.ts';

export const deleteVerb: Verb = {
  summary: 'delete objects',
  usage: 'KIND NAME… | KIND/NAME… | KIND -l SELECTOR | -f FILE [--no-wait]',
  options: {
    ...clusterOptions,
    filename: { type: 'string', short: 'f', multiple: true, help: 'FILE whose objects are deleted' },
    selector: { type: 'string', short: 'l', help: 'SELECTOR of labels' },
    'grace-period': { type: 'string', help: 'SECONDS to let pods end; 0 = at once' },
    wait: { type: 'boolean', help: 'wait until they are gone (the default; --no-wait does not)' },
    'ignore-not-found': { type: 'boolean', help: 'what is not there is no error' },
  },
  async run(args, context) {
    const api = await connect(args, context);
    const namespace = args.string('namespace') ?? api.namespace;
    const places: ObjectPlace[] = [];
    if (args.has('filename')) {
      for (const object of await readManifests(args.strings('filename'), context))
        places.push(placeOf(api, object, args.string('namespace')));
    } else {
      for (const { resource, names } of parseResourceArguments(args.positionals)) {
        const selector = args.string('selector');
        if (names.length === 0 && selector === undefined)
          throw new VigilError('USAGE', 'invalid', 'name what to delete, or select it with -l');
        const found =
          selector === undefined
            ? names
            : (await api.client.list(resource, { namespace, labelSelector: selector })).items.map(
                (item) => item.metadata?.name ?? '',
              );
        for (const name of found) places.push({ resource, namespace, name });
      }
    }
    const grace = args.string('grace-period');
    const body = {
      kind: 'DeleteOptions',
      apiVersion: 'v1',
      propagationPolicy: 'Background',
      ...(grace === undefined ? {} : { gracePeriodSeconds: Number(grace) }),
    };
    const deleted = new Map<ObjectPlace, string>();
    let failed = 0;
    for (const place of places) {
      try {
        const answer = await api.json<DeleteAnswer>('DELETE', resourcePath(place.resource, place), body);
        deleted.set(place, answer.metadata?.uid ?? answer.details?.uid ?? '');
        print(context, `${place.resource.plural}/${place.name} deleted`);
      } catch (error) {
        if (isNotFound(error) && args.flag('ignore-not-found')) continue;
        if (!(error instanceof KubeApiError)) throw error;
        failed++;
        context.stderr.write(`${error.message}\n`);
      }
    }
    if (!args.has('wait') || args.flag('wait'))
      for (const [place, uid] of deleted) await untilGone(api, place, uid, context.signal);
    return failed === 0 ? 0 : 1;
  },
};

/** The object while it is still ending, or a Status about the one that is gone. */
interface DeleteAnswer {
  readonly metadata?: { readonly uid?: string };
  readonly details?: { readonly uid?: string };
}

/** Another object of the same name is not the one that was deleted. */
function untilGone(
  api: Api,
  { resource, namespace, name }: ObjectPlace,
  uid: string,
  signal: AbortSignal,
): Promise<void> {
  const selection = { ...(resource.namespaced ? { namespace } : {}), fieldSelector: `metadata.name=${name}` };
  return watchUntil(
    api.client,
    resource,
    selection,
    (objects) => [...objects.values()].every((object) => object.metadata?.uid !== uid),
    signal,
  );
}
