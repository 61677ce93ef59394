import { VigilError } from '../lib/errors.ts';
import { queryString, resourcePath } from '../lib/kube/resource-path.ts';
import { pods } from '../lib/kube/resources.ts';
import type { Pod } from '../lib/kube/types.ts';
import { connect } from './api/connect.ts';
import { clusterOptions } from './common-options.ts';
import type { Verb } from './command.ts';
import { podOfTarget } from './pod-of-target.ts';
import { runRemote } from './streams/remote-command.ts';

export const exec: Verb = {
  summary: 'run a command in a container',
  usage: 'POD | KIND/NAME [-c CONTAINER] [-i] [-t] -- COMMAND [ARGUMENT…]',
  options: {
    ...clusterOptions,
    container: { type: 'string', short: 'c', help: 'CONTAINER of the pod, else the first' },
    stdin: { type: 'boolean', short: 'i', help: 'pass standard input on' },
    tty: { type: 'boolean', short: 't', help: 'give the command a terminal' },
  },
  async run(args, context) {
    const [target] = args.positionals;
    if (target === undefined || args.rest.length === 0)
      throw new VigilError('USAGE', 'invalid', 'name the pod, then -- and the command');
    const api = await connect(args, context);
    const namespace = args.string('namespace') ?? api.namespace;
    const pod = await podOfTarget(api, target, namespace, context.signal);
    const name = pod.metadata?.name ?? '';
    const tty = args.flag('tty') && context.stdin.isTTY === true;
    const query = queryString({
      container: args.string('container') ?? firstContainer(pod),
      stdin: args.flag('stdin') ? true : undefined,
      stdout: true,
      stderr: tty ? undefined : true,
      tty: tty ? true : undefined,
    });
    const command = args.rest.map((word) => `&command=${encodeURIComponent(word)}`).join('');
    const socket = await api.webSocket(`${resourcePath(pods, { namespace, name }, 'exec')}${query}${command}`, [
      'v5.channel.k8s.io',
      'v4.channel.k8s.io',
    ]);
    return await runRemote(socket, { stdin: args.flag('stdin'), tty }, context);
  },
};

function firstContainer(pod: Pod): string | undefined {
  return pod.metadata?.annotations?.['kubectl.kubernetes.io/default-container'] ?? pod.spec?.containers[0]?.name;
}
