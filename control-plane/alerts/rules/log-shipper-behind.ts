import { nodeConditionRule } from './node-condition.ts';

/** The shipper of a node does not keep up or cannot deliver. The node's agent says so from the shipper's own status. */
export const logShipperBehind = nodeConditionRule({
  name: 'LogShipperBehind',
  severity: 'warning',
  forMs: 15_000,
  condition: 'vigil.dev/LogShipperBehind',
  words: 'ships its logs late',
});
