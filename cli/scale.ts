import { VigilError } from '../lib/errors.ts';
import { resourcePath } from '../lib/kube/resource-path.ts';
import { connect } from './api/connect.ts';
import { clusterOptions } from './common-options.ts';
import type { Verb } from './command.ts';
import { print } from './output/print.ts';
import { parseResourceArguments } from './resource-argument.ts';

export const scale: Verb = {
  summary: 'set the number of replicas',
  usage: 'KIND/NAME… --replicas N',
  options: { ...clusterOptions, replicas: { type: 'string', help: 'NUMBER of replicas' } },
  async run(args, context) {
    const replicas = Number(args.string('replicas'));
    if (!Number.isInteger(replicas) || replicas < 0 || args.string('replicas') === undefined) {
      throw new VigilError('USAGE', 'invalid', '--replicas must be a whole number of at least 0');
    }
    const api = await connect(args, context);
    for (const { resource, names } of parseResourceArguments(args.positionals)) {
      for (const name of names) {
        await api.json(
          'PATCH',
          resourcePath(resource, { namespace: args.string('namespace') ?? api.namespace, name }, 'scale'),
          { spec: { replicas } },
          { 'content-type': 'application/merge-patch+json' },
        );
        print(context, `${resource.singular}/${name} scaled to ${replicas}`);
      }
    }
    return 0;
  },
};
