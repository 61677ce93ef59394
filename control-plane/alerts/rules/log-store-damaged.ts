import { logStoreService } from '../../../lib/names.ts';
import { countOf } from '../../health/verdicts/sentence.ts';
import type { AlertRule } from '../alert-rule.ts';

const { namespace, name } = logStoreService;
const summary = 'a part of the log store is damaged';

/** The embedded log store found blocks on its disk that are not as they were written: their lines are missing from searches, the rest stays readable. */
export const logStoreDamaged: AlertRule = {
  name: 'LogStoreDamaged',
  severity: 'critical',
  forMs: 0,
  evaluate: (facts) =>
    [...facts.quarantinedLogBlocks].map(([index, blocks]) => ({
      labels: { namespace, service: name, index },
      summary,
      description: `${countOf(blocks, 'block')} of ${index} cannot be read and ${blocks === 1 ? 'is' : 'are'} passed over: the lines in there are missing from searches. Look at the disk under the store; a snapshot brings them back.`,
      evidence: {},
      object: { kind: 'Service', namespace, name },
    })),
  prometheus: {
    expr: 'vigil_log_store_quarantined_blocks > 0',
    summary,
    description:
      '{{ $value }} blocks of {{ $labels.index }} cannot be read and are passed over: the lines in there are missing from searches.',
  },
};
