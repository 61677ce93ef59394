import type { Board } from '../board.ts';
import { logCounts, logLines } from '../panels.ts';

export const logs: Board = {
  uid: 'vigil-logs',
  title: 'Vigil / Logs',
  description: 'Lines of all containers, and the decisions that were taken.',
  variables: [],
  rows: [
    {
      title: 'Lines',
      panels: [
        logCounts('Lines by level', 'How many, and how bad.', 'data_stream.dataset:vigil.containers', 'log.level'),
        logLines('Lines', 'Newest first.', 'data_stream.dataset:vigil.containers'),
      ],
    },
    {
      title: 'Decisions',
      panels: [logLines('Decisions', 'What the control plane decided and why.', 'data_stream.dataset:vigil.decisions')],
    },
  ],
};
