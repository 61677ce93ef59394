import type { Node } from '../../../lib/kube/types.ts';
import type { Strategy } from '../strategy.ts';

export const nodeStrategy: Strategy<Node> = {
  default(node) {
    node.spec ??= {};
    if (node.status?.capacity) node.status.allocatable ??= { ...node.status.capacity };
  },
};
