import { parseFieldSelector } from '../../../lib/kube/field-selector.ts';
import { parseLabelSelector, SelectorError } from '../../../lib/kube/label-selector.ts';
import type { SubjectAccessReview } from '../../../lib/kube/types.ts';

type Resource = NonNullable<SubjectAccessReview['spec']['resourceAttributes']>;

interface Requirement {
  readonly operator?: string | undefined;
  readonly values?: readonly string[] | undefined;
}

interface Selector {
  readonly rawSelector?: string | undefined;
  readonly requirements?: readonly Requirement[] | undefined;
}

/** Says which selectors of a review are not understood: it is answered without them, for more than was asked. `undefined` when all are. */
export function unreadSelectors({ fieldSelector, labelSelector }: Resource): string | undefined {
  const unread = [
    ...unreadParts('fieldSelector', fieldSelector, isFieldRequirement, parseFieldSelector),
    ...unreadParts('labelSelector', labelSelector, isLabelRequirement, parseLabelSelector),
  ];
  return unread.length === 0 ? undefined : unread.join('; ');
}

function unreadParts(
  name: string,
  { rawSelector, requirements = [] }: Selector = {},
  isRead: (requirement: Requirement) => boolean,
  parse: (text: string) => unknown,
): readonly string[] {
  const read = requirements.filter(isRead).length;
  const isWhole = read === requirements.length && (!rawSelector || isParsed(rawSelector, parse));
  if (isWhole) return [];
  return [`spec.resourceAttributes.${name} ${read > 0 ? 'partially ignored' : 'ignored'} due to parse error`];
}

/** A field has one value. */
function isFieldRequirement({ operator, values = [] }: Requirement): boolean {
  return (operator === 'In' || operator === 'NotIn') && values.length === 1;
}

function isLabelRequirement({ operator, values = [] }: Requirement): boolean {
  if (operator === 'In' || operator === 'NotIn') return true;
  return (operator === 'Exists' || operator === 'DoesNotExist') && values.length === 0;
}

function isParsed(text: string, parse: (text: string) => unknown): boolean {
  try {
    parse(text);
    return true;
  } catch (error) {
    if (error instanceof SelectorError) return false;
    throw error;
  }
}
