import { labelsMatcher } from '../../../lib/kube/label-selector.ts';
import { isPodActive, isPodReady } from '../../../lib/kube/pod-facts.ts';
import type { Service } from '../../../lib/kube/types.ts';
import { logStoreService } from '../../../lib/names.ts';
import { countOf } from '../../health/verdicts/sentence.ts';
import type { AlertFacts } from '../alert-facts.ts';
import type { AlertRule } from '../alert-rule.ts';

/** A Service that should have backends has none that is ready. */
export const serviceNoReadyEndpoints: AlertRule = {
  name: 'ServiceNoReadyEndpoints',
  severity: 'critical',
  forMs: 15_000,
  evaluate: (facts) =>
    facts.services.flatMap((service) => {
      const { namespace = '', name = '', uid } = service.metadata ?? {};
      // The log store has an alert of its own.
      if (namespace === logStoreService.namespace && name === logStoreService.name) return [];
      const found = backends(facts, service);
      if (!found || found.ready > 0 || found.expected === 0) return [];
      return [
        {
          labels: { namespace, service: name },
          summary: `Service ${name} has no ready endpoint`,
          description: `None of the ${countOf(found.expected, 'pod')} behind ${namespace}/${name} is ready: clients are refused.`,
          evidence: {},
          object: { kind: 'Service', namespace, name, uid },
        },
      ];
    }),
  prometheus: {
    expr: [
      'label_replace(',
      '  kube_endpoint_info unless on (namespace, endpoint) kube_endpoint_address{ready="true"},',
      '  "service", "$1", "endpoint", "(.*)"',
      ') and on (namespace, service) kube_service_spec_type',
    ].join('\n'),
    summary: 'Service {{ $labels.service }} has no ready endpoint',
    description: 'No pod behind {{ $labels.namespace }}/{{ $labels.service }} is ready: clients are refused.',
  },
};

/** `undefined` for a Service without selector: its endpoints are somebody else's matter. What is scaled to 0 expects nothing. */
export function backends(
  facts: AlertFacts,
  service: Service,
): { readonly ready: number; readonly expected: number } | undefined {
  const selector = service.spec?.selector;
  const namespace = service.metadata?.namespace ?? '';
  if (!selector || Object.keys(selector).length === 0) return undefined;
  const pods = facts.podsIn(namespace, selector).filter(isPodActive);
  const matcher = labelsMatcher(selector);
  const wanted = facts.deployments
    .filter((one) => one.metadata?.namespace === namespace && matcher.matches(one.spec?.template.metadata?.labels))
    .reduce((sum, one) => sum + (one.spec?.replicas ?? 1), 0);
  return { ready: pods.filter(isPodReady).length, expected: Math.max(wanted, pods.length) };
}
