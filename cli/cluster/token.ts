import { SystemClock } from '../../lib/clock.ts';
import { serviceAccounts } from '../../lib/kube/resources.ts';
import type { KubeObject, TokenRequest } from '../../lib/kube/types.ts';
import { systemNamespace } from '../../lib/names.ts';
import type { Verb } from '../command.ts';
import { adminClient } from './api-client.ts';
import { chosenCluster, integerOption, nameOption } from './cluster-options.ts';
import { consoleAccount } from './system-objects.ts';

const DEFAULT_LIFE_S = 24 * 3600;

/** `kctl token`: a token of the console's account, which may do everything. */
export const token: Verb = {
  usage: '[--name NAME] [--seconds N]',
  summary: 'Print a token to sign in to the console.',
  options: { ...nameOption, seconds: { type: 'string', help: 'N seconds until it runs out (default a day)' } },
  async run(args, context) {
    const { home, record } = chosenCluster(args, context);
    const client = adminClient(home, record, new SystemClock());
    try {
      const body: TokenRequest = {
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenRequest',
        spec: {
          audiences: [],
          expirationSeconds: integerOption(args, 'seconds', DEFAULT_LIFE_S, 600, 30 * DEFAULT_LIFE_S),
        },
      };
      const key = { namespace: systemNamespace, name: consoleAccount };
      const answer = await client.createSubresource(serviceAccounts, key, 'token', body, context.signal);
      console.log((answer as KubeObject & TokenRequest).status?.token ?? '');
      return 0;
    } finally {
      client.close();
    }
  },
};
