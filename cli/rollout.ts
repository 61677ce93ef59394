import { VigilError } from '../lib/errors.ts';
import type { KubeObject } from '../lib/kube/types.ts';
import type { Api } from './api/api.ts';
import { connect } from './api/connect.ts';
import { clusterOptions } from './common-options.ts';
import type { KctlContext, ParsedArguments, Verb } from './command.ts';
import { print } from './output/print.ts';
import { table } from './output/table.ts';
import { parseResourceArguments } from './resource-argument.ts';
import { deploymentRollout } from './rollout/deployment-rollout.ts';
import { imagesOf, type Rollable } from './rollout/rollable.ts';
import { statefulSetRollout } from './rollout/stateful-set-rollout.ts';

/** What can be rolled out. */
const rollables: readonly Rollable[] = [deploymentRollout, statefulSetRollout];

export const rollout: Verb = {
  summary: 'look at, undo, restart, pause or resume a rollout',
  usage: 'status | history | undo | restart | pause | resume  deploy/NAME | sts/NAME',
  options: {
    ...clusterOptions,
    timeout: { type: 'string', help: 'SECONDS to wait with status, for ever unless said' },
    'to-revision': { type: 'string', help: 'REVISION to go back to, the one before unless said' },
  },
  async run(args, context) {
    const [action, ...words] = args.positionals;
    const [target] = parseResourceArguments(words);
    const name = target?.names[0];
    const kind = rollables.find(
      ({ resource: { group, plural } }) => group === target?.resource.group && plural === target.resource.plural,
    );
    if (!kind || name === undefined) {
      throw new VigilError('USAGE', 'invalid', 'name a Deployment or StatefulSet, e.g. deploy/hello or sts/web');
    }
    const api = await connect(args, context);
    const subject = { kind, key: { namespace: args.string('namespace') ?? api.namespace, name } };
    switch (action) {
      case 'status':
        return await status(api, subject, args, context);
      case 'history':
        return await history(api, subject, context);
      case 'undo':
        return await undo(api, subject, args, context);
      case 'restart':
        await api.client.patch(kind.resource, subject.key, 'strategic', {
          spec: {
            template: { metadata: { annotations: { 'kubectl.kubernetes.io/restartedAt': new Date().toISOString() } } },
          },
        });
        print(context, `${wordOf(subject)} restarted`);
        return 0;
      case 'pause':
      case 'resume':
        if (!kind.canPause) {
          throw new VigilError(
            'USAGE',
            'invalid',
            `a ${kind.resource.kind} cannot be paused: set the partition of its updateStrategy instead`,
          );
        }
        await api.client.patch(kind.resource, subject.key, 'merge', {
          spec: { paused: action === 'pause' ? true : null },
        });
        print(context, `${wordOf(subject)} ${action}d`);
        return 0;
      default:
        throw new VigilError(
          'USAGE',
          'invalid',
          `"${action ?? ''}": choose status, history, undo, restart, pause or resume`,
        );
    }
  },
};

interface Subject {
  readonly kind: Rollable;
  readonly key: { readonly namespace: string; readonly name: string };
}

/** `deployment/hello`. */
function wordOf({ kind, key }: Subject): string {
  return `${kind.resource.singular}/${key.name}`;
}

async function status(api: Api, { kind, key }: Subject, args: ParsedArguments, context: KctlContext): Promise<number> {
  const seconds = args.string('timeout');
  const signal =
    seconds === undefined
      ? context.signal
      : AbortSignal.any([context.signal, AbortSignal.timeout(Number.parseFloat(seconds) * 1000)]);
  const selection = { namespace: key.namespace, fieldSelector: `metadata.name=${key.name}` };
  let object: KubeObject = await api.client.get(kind.resource, key, signal);
  let said = '';
  try {
    for (;;) {
      const { state, message } = kind.state(object);
      if (message !== said) print(context, message);
      said = message;
      if (state !== 'waiting') return state === 'done' ? 0 : 1;
      const resourceVersion = object.metadata?.resourceVersion ?? '0';
      for await (const event of api.client.watch(kind.resource, { ...selection, resourceVersion }, signal)) {
        if (event.type === 'DELETED')
          throw new VigilError('WORKLOAD_GONE', 'notFound', `${kind.resource.singular} "${key.name}" was deleted`);
        if (event.type !== 'ADDED' && event.type !== 'MODIFIED') continue;
        object = event.object;
        break;
      }
    }
  } catch (error) {
    if (!signal.aborted || context.signal.aborted) throw error;
    throw new VigilError('TIMEOUT', 'transient', `not rolled out within ${seconds} s: ${said}`, { cause: error });
  }
}

async function history(api: Api, { kind, key }: Subject, context: KctlContext): Promise<number> {
  const revisions = await kind.revisions(api.client, await api.client.get(kind.resource, key));
  const rows = revisions.map((revision) => [
    String(revision.number),
    imagesOf(revision),
    revision.changeCause ?? '<none>',
  ]);
  print(context, table(['REVISION', 'IMAGES', 'CHANGE-CAUSE'], rows));
  return 0;
}

async function undo(api: Api, subject: Subject, args: ParsedArguments, context: KctlContext): Promise<number> {
  const { kind, key } = subject;
  const revisions = await kind.revisions(api.client, await api.client.get(kind.resource, key));
  const wanted = args.string('to-revision');
  const chosen =
    wanted === undefined ? revisions.at(-2) : revisions.find((revision) => revision.number === Number(wanted));
  if (!chosen) {
    const lacks = wanted === undefined ? 'no earlier revision' : `no revision ${wanted}`;
    throw new VigilError('REVISION_NOT_FOUND', 'notFound', `${kind.resource.singular} "${key.name}" has ${lacks}`);
  }
  const change = [{ op: 'replace', path: '/spec/template', value: chosen.template }];
  await api.client.patch(kind.resource, key, 'json', change);
  print(context, `${wordOf(subject)} rolled back to revision ${chosen.number}`);
  return 0;
}
