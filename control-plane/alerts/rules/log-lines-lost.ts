import { nodeConditionRule } from './node-condition.ts';

/** Lines of a node are gone before they were shipped: their files could not be kept any longer, or were gone before they were seen. */
export const logLinesLost = nodeConditionRule({
  name: 'LogLinesLost',
  severity: 'critical',
  forMs: 0,
  condition: 'vigil.dev/LogLinesLost',
  words: 'lost log lines',
});
