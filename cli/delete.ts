import { isNotFound, KubeApiError } from '../lib/kube/client.ts';
import { VigilError } from '../lib/errors.ts';
import { resourcePath } from '../lib/kube/resource-path.ts';
import { connect } from './api/connect.ts';
import { objectPath, readManifests } from './apply.ts';
import { clusterOptions } from './common-options.ts';
import type { Verb } from './command.ts';
import { print } from './output/print.ts';
import { parseResourceArguments } from './resource-argument.ts';

/** How often the end of an object is looked for with `--wait`. */
const POLL_MS = 200;

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
    const paths: string[] = [];
    if (args.has('filename')) {
      for (const object of await readManifests(args.strings('filename'), context))
        paths.push(objectPath(api, object, args.string('namespace')));
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
        for (const name of found) paths.push(resourcePath(resource, { namespace, name }));
      }
    }
    const grace = args.string('grace-period');
    const body = {
      kind: 'DeleteOptions',
      apiVersion: 'v1',
      propagationPolicy: 'Background',
      ...(grace === undefined ? {} : { gracePeriodSeconds: Number(grace) }),
    };
    let failed = 0;
    for (const path of paths) {
      try {
        await api.json('DELETE', path, body);
        print(context, `${path.split('/').slice(-2).join('/')} deleted`);
      } catch (error) {
        if (isNotFound(error) && args.flag('ignore-not-found')) continue;
        if (!(error instanceof KubeApiError)) throw error;
        failed++;
        context.stderr.write(`${error.message}\n`);
      }
    }
    if (!args.has('wait') || args.flag('wait'))
      for (const path of paths) await untilGone(() => api.json('GET', path), context.signal);
    return failed === 0 ? 0 : 1;
  },
};

async function untilGone(look: () => Promise<unknown>, signal: AbortSignal): Promise<void> {
  for (;;) {
    signal.throwIfAborted();
    try {
      await look();
    } catch (error) {
      if (isNotFound(error)) return;
      throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
