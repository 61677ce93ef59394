import { comparePositions } from '../../lib/log-position.ts';
import { compareLines, type LogLine } from './log-line.ts';

/**
 * Joins what the nodes still hold with what the store has. For a container that is on a node, the node is the truth from its first line there on (a bulk in flight may
 * leave a hole in the store); the store gives what stands before, and all lines of containers that no node knows any more.
 */
export function joinHistory(fromNodes: readonly LogLine[], fromStore: readonly LogLine[]): LogLine[] {
  const firstOnNode = new Map<string, LogLine>();
  for (const line of fromNodes) {
    const first = firstOnNode.get(line.containerId);
    if (!first || comparePositions(line.position, first.position) < 0) firstOnNode.set(line.containerId, line);
  }
  const older = fromStore.filter((line) => {
    const first = firstOnNode.get(line.containerId);
    return !first || comparePositions(line.position, first.position) < 0;
  });
  return mergeByTime(groupByContainer([...older, ...fromNodes]));
}

/** The lines of each container, in order of position. */
function groupByContainer(lines: readonly LogLine[]): LogLine[][] {
  const groups = new Map<string, LogLine[]>();
  for (const line of lines) {
    const group = groups.get(line.containerId);
    if (group) group.push(line);
    else groups.set(line.containerId, [line]);
  }
  for (const group of groups.values()) group.sort(compareLines);
  return [...groups.values()];
}

/** Merges ordered groups by time without ever changing the order within one: a clock that stepped back does not shuffle a container's lines. */
function mergeByTime(groups: readonly (readonly LogLine[])[]): LogLine[] {
  const next = groups.map(() => 0);
  const merged: LogLine[] = [];
  for (;;) {
    let best: LogLine | undefined;
    let from = -1;
    for (const [index, group] of groups.entries()) {
      const line = group[next[index] ?? 0];
      if (line && (!best || compareLines(line, best) < 0)) {
        best = line;
        from = index;
      }
    }
    if (!best) return merged;
    merged.push(best);
    next[from] = (next[from] ?? 0) + 1;
  }
}
