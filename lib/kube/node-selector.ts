import type { Node, PersistentVolume } from './types.ts';

type NodeSelector = NonNullable<NonNullable<NonNullable<PersistentVolume['spec']>['nodeAffinity']>['required']>;
type NodeSelectorTerm = NodeSelector['nodeSelectorTerms'][number];
type NodeRequirement = NonNullable<NodeSelectorTerm['matchExpressions']>[number];

/** Whether a node is one of those that a selector means: one of the terms must hold. Of the node only name and labels are looked at. */
export function selectorMeansNode(selector: NodeSelector, node: Node): boolean {
  return selector.nodeSelectorTerms.some((term) => termMeansNode(term, node));
}

/** All expressions of a term must hold; a term without any selects nothing. */
export function termMeansNode(term: NodeSelectorTerm, node: Node): boolean {
  const expressions = term.matchExpressions ?? [];
  const fields = term.matchFields ?? [];
  if (expressions.length === 0 && fields.length === 0) return false;
  const labels = node.metadata?.labels ?? {};
  return (
    expressions.every((expression) => holds(expression, labels[expression.key])) &&
    fields.every((field) => field.key === 'metadata.name' && holds(field, node.metadata?.name))
  );
}

function holds({ operator, values = [] }: NodeRequirement, value: string | undefined): boolean {
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    case 'Gt':
    case 'Lt': {
      const left = Number.parseInt(value ?? '', 10);
      const right = Number.parseInt(values[0] ?? '', 10);
      return operator === 'Gt' ? left > right : left < right;
    }
    default:
      return false;
  }
}
