import { VigilError } from '../lib/errors.ts';
import { deployments, replicaSets } from '../lib/kube/resources.ts';
import { isControlledBy } from '../lib/kube/owner.ts';
import type { Deployment, ReplicaSet } from '../lib/kube/types.ts';
import { annotations } from '../lib/names.ts';
import type { Api } from './api/api.ts';
import { connect } from './api/connect.ts';
import { clusterOptions } from './common-options.ts';
import type { KctlContext, ParsedArguments, Verb } from './command.ts';
import { print } from './output/print.ts';
import { table } from './output/table.ts';
import { parseResourceArguments } from './resource-argument.ts';

export const rollout: Verb = {
  summary: 'look at, undo, restart, pause or resume a rollout',
  usage: 'status | history | undo | restart | pause | resume  deploy/NAME',
  options: {
    ...clusterOptions,
    timeout: { type: 'string', help: 'SECONDS to wait with status, for ever unless said' },
    'to-revision': { type: 'string', help: 'REVISION to go back to, the one before unless said' },
  },
  async run(args, context) {
    const [action, ...words] = args.positionals;
    const [target] = parseResourceArguments(words);
    const name = target?.names[0];
    if (target?.resource.plural !== deployments.plural || name === undefined)
      throw new VigilError('USAGE', 'invalid', 'name a Deployment, e.g. deploy/hello');
    const api = await connect(args, context);
    const key = { namespace: args.string('namespace') ?? api.namespace, name };
    switch (action) {
      case 'status':
        return await status(api, key, args, context);
      case 'history':
        return await history(api, key, context);
      case 'undo':
        return await undo(api, key, args, context);
      case 'restart':
        await api.client.patch(deployments, key, 'strategic', {
          spec: {
            template: { metadata: { annotations: { 'kubectl.kubernetes.io/restartedAt': new Date().toISOString() } } },
          },
        });
        print(context, `deployment/${name} restarted`);
        return 0;
      case 'pause':
      case 'resume':
        await api.client.patch(deployments, key, 'merge', { spec: { paused: action === 'pause' ? true : null } });
        print(context, `deployment/${name} ${action}d`);
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

interface Key {
  readonly namespace: string;
  readonly name: string;
}

/** Where a rollout stands. Exported for its table of tests. */
export function rolloutState(deployment: Deployment): {
  readonly state: 'done' | 'waiting' | 'failed';
  readonly message: string;
} {
  const name = deployment.metadata?.name ?? '';
  const { spec, status: now } = deployment;
  if ((deployment.metadata?.generation ?? 0) > (now?.observedGeneration ?? 0))
    return { state: 'waiting', message: `waiting for deployment "${name}" to be observed` };
  const failed = now?.conditions?.find(
    (condition) => condition.type === 'Progressing' && condition.reason === 'ProgressDeadlineExceeded',
  );
  if (failed) return { state: 'failed', message: `deployment "${name}" exceeded its progress deadline` };
  const wanted = spec?.replicas ?? 1;
  const [updated, total, available] = [now?.updatedReplicas ?? 0, now?.replicas ?? 0, now?.availableReplicas ?? 0];
  if (updated < wanted) return { state: 'waiting', message: `${updated} of ${wanted} new replicas have been updated` };
  if (total > updated) return { state: 'waiting', message: `${total - updated} old replicas are pending termination` };
  if (available < updated)
    return { state: 'waiting', message: `${available} of ${updated} updated replicas are available` };
  return { state: 'done', message: `deployment "${name}" successfully rolled out` };
}

async function status(api: Api, key: Key, args: ParsedArguments, context: KctlContext): Promise<number> {
  const seconds = args.string('timeout');
  const signal =
    seconds === undefined
      ? context.signal
      : AbortSignal.any([context.signal, AbortSignal.timeout(Number.parseFloat(seconds) * 1000)]);
  const selection = { namespace: key.namespace, fieldSelector: `metadata.name=${key.name}` };
  let deployment = await api.client.get(deployments, key, signal);
  let said = '';
  try {
    for (;;) {
      const { state, message } = rolloutState(deployment);
      if (message !== said) print(context, message);
      said = message;
      if (state !== 'waiting') return state === 'done' ? 0 : 1;
      const resourceVersion = deployment.metadata?.resourceVersion ?? '0';
      for await (const event of api.client.watch(deployments, { ...selection, resourceVersion }, signal)) {
        if (event.type === 'DELETED')
          throw new VigilError('DEPLOYMENT_GONE', 'notFound', `deployment "${key.name}" was deleted`);
        if (event.type !== 'ADDED' && event.type !== 'MODIFIED') continue;
        deployment = event.object;
        break;
      }
    }
  } catch (error) {
    if (!signal.aborted || context.signal.aborted) throw error;
    throw new VigilError('TIMEOUT', 'transient', `not rolled out within ${seconds} s: ${said}`, { cause: error });
  }
}

function revisionOf(object: ReplicaSet | Deployment): number {
  return Number(object.metadata?.annotations?.[annotations.revision] ?? 0);
}

async function revisions(api: Api, key: Key): Promise<ReplicaSet[]> {
  const deployment = await api.client.get(deployments, key);
  const all = await api.client.list(replicaSets, { namespace: key.namespace });
  return all.items.filter((set) => isControlledBy(set, deployment)).sort((a, b) => revisionOf(a) - revisionOf(b));
}

async function history(api: Api, key: Key, context: KctlContext): Promise<number> {
  const rows = (await revisions(api, key)).map((set) => [
    String(revisionOf(set)),
    (set.spec?.template?.spec?.containers ?? []).map((container) => container.image ?? '').join(', '),
    set.metadata?.annotations?.[annotations.changeCause] ?? '<none>',
  ]);
  print(context, table(['REVISION', 'IMAGES', 'CHANGE-CAUSE'], rows));
  return 0;
}

async function undo(api: Api, key: Key, args: ParsedArguments, context: KctlContext): Promise<number> {
  const sets = await revisions(api, key);
  const wanted = args.string('to-revision');
  const chosen = wanted === undefined ? sets.at(-2) : sets.find((set) => revisionOf(set) === Number(wanted));
  if (!chosen)
    throw new VigilError(
      'REVISION_NOT_FOUND',
      'notFound',
      wanted === undefined
        ? `deployment "${key.name}" has no earlier revision`
        : `deployment "${key.name}" has no revision ${wanted}`,
    );
  const { 'pod-template-hash': _hash, ...labels } = chosen.spec?.template?.metadata?.labels ?? {};
  const template = { ...chosen.spec?.template, metadata: { ...chosen.spec?.template?.metadata, labels } };
  await api.client.patch(deployments, key, 'json', [{ op: 'replace', path: '/spec/template', value: template }]);
  print(context, `deployment/${key.name} rolled back to revision ${revisionOf(chosen)}`);
  return 0;
}
