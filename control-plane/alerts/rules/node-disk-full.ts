import { nodeConditionRule } from './node-condition.ts';

/** A node has little disk left: logs cannot be kept, pods may be evicted. */
export const nodeDiskFull = nodeConditionRule({
  name: 'NodeDiskFull',
  severity: 'critical',
  forMs: 0,
  condition: 'DiskPressure',
  words: 'has little disk left',
});
