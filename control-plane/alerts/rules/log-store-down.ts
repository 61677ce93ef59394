import { logStoreService } from '../../../lib/names.ts';
import type { AlertRule } from '../alert-rule.ts';
import { backends } from './service-no-ready-endpoints.ts';

const { namespace, name } = logStoreService;

/** The log store of the cluster does not answer: lines wait on the nodes, searches fail. */
export const logStoreDown: AlertRule = {
  name: 'LogStoreDown',
  severity: 'critical',
  forMs: 15_000,
  evaluate: (facts) => {
    const service = facts.services.find((one) => one.metadata?.namespace === namespace && one.metadata?.name === name);
    const found = service && backends(facts, service);
    if (!found || found.ready > 0) return [];
    return [
      {
        labels: { namespace, service: name },
        summary: 'the log store is down',
        description: `No pod behind ${namespace}/${name} is ready. Lines wait on the nodes and are shipped when it is back; until then searches see nothing new.`,
        evidence: {},
        object: { kind: 'Service', namespace, name, uid: service.metadata?.uid },
      },
    ];
  },
  prometheus: {
    expr: [
      `kube_endpoint_info{namespace="${namespace}",endpoint="${name}"}`,
      `unless on (namespace, endpoint) kube_endpoint_address{ready="true"}`,
    ].join('\n'),
    summary: 'the log store is down',
    description: `No pod behind ${namespace}/${name} is ready. Lines wait on the nodes.`,
  },
};
