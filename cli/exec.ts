import { VigilError } from '../lib/errors.ts';
import { queryString, resourcePath } from '../lib/kube/resource-path.ts';
import { pods } from '../lib/kube/resources.ts';
import { connect } from './api/connect.ts';
import { clusterOptions } from './common-options.ts';
import type { Verb } from './command.ts';
import { runRemote } from './streams/remote-command.ts';

export const exec: Verb = {
  summary: 'run a command in a container',
  usage: 'POD [-c CONTAINER] [-i] [-t] -- COMMAND [ARGUMENT…]',
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
    const name = target.replace(/^pods?\//, '');
    const tty = args.flag('tty') && context.stdin.isTTY === true;
    const query = queryString({
      container: args.string('container') ?? (await firstContainer()),
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

    async function firstContainer(): Promise<string | undefined> {
      const pod = await api.client.get(pods, { namespace, name }, context.signal);
      return pod.metadata?.annotations?.['kubectl.kubernetes.io/default-container'] ?? pod.spec?.containers[0]?.name;
    }
  },
};
