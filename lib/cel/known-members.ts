import { visitNodes, type RunningNode } from './running-node.ts';

/** Throws for the first member that is asked of a variable and that it does not have, with its place: `{ range: { start } }`. */
export function checkKnownMembers(root: unknown, members: Readonly<Record<string, readonly string[]>>): void {
  visitNodes(root, (node) => {
    if (node.op !== '.') return;
    const [receiver, name] = node.args as readonly [RunningNode, string];
    if (receiver.op !== 'id' || typeof receiver.args !== 'string' || !Object.hasOwn(members, receiver.args)) return;
    if (members[receiver.args]?.includes(name) === true) return;
    const { range } = receiver as { readonly range?: { readonly end: number } };
    throw Object.assign(new Error(`undefined field '${name}'`), { range: { start: range?.end } });
  });
}
