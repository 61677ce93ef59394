import type { Board } from '../board.ts';
import { logLines, timeSeries } from '../panels.ts';
import { queries as q } from '../queries.ts';

export const probes: Board = {
  uid: 'vigil-probes',
  title: 'Vigil / Probes',
  description: 'Every probe: failures, attempts that could not be run, latency, and what the failing ones answered.',
  variables: [],
  rows: [
    {
      title: 'Results',
      panels: [
        timeSeries('Attempts', 'Probe attempts a second by result.', 'ops', [q.probesPerSecond]),
        timeSeries('Failures', 'Failed attempts a second.', 'ops', [q.probeFailures]),
        timeSeries('Could not be run', 'Attempts without an answer of either kind.', 'ops', [q.probeUnknown]),
        timeSeries('Latency', '99th percentile, failures included.', 's', [q.probeLatency]),
      ],
    },
    {
      title: 'Answers',
      panels: [
        logLines(
          'Failed attempts',
          'What was asked, what it answered, n of threshold.',
          'data_stream.dataset:vigil.probes AND event.outcome:failure',
        ),
      ],
    },
  ],
};
