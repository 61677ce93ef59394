import { VigilError, messageOf } from '../../lib/errors.ts';
import { parseLabelSelector, type LabelMatcher } from '../../lib/kube/label-selector.ts';
import { logFields } from '../../lib/log-record.ts';
import type { Clause } from '../../lib/log-query/compile-query.ts';

/** A label selector as clauses on the one field that holds all labels. Throws `LOG_QUERY_INVALID`. */
export function labelClauses(selector: string | undefined): Clause[] {
  if (selector === undefined || selector.trim() === '') return [];
  let matcher: LabelMatcher;
  try {
    matcher = parseLabelSelector(selector);
  } catch (cause) {
    throw new VigilError('LOG_QUERY_INVALID', 'invalid', `labelSelector: ${messageOf(cause)}`, { cause });
  }
  return matcher.requirements.map(({ key, operator, values }): Clause => {
    const field = `${logFields.labels}.${key}`;
    // One `term` a value: the stores differ in what else they take on such a field.
    const oneOf = { bool: { should: values.map((value) => ({ term: { [field]: value } })), minimum_should_match: 1 } };
    switch (operator) {
      case 'in':
        return values.length === 1 ? { term: { [field]: values[0] } } : oneOf;
      case 'notin':
        return { bool: { must_not: [oneOf] } };
      case 'exists':
        return { exists: { field } };
      case '!':
        return { bool: { must_not: [{ exists: { field } }] } };
      case 'gt':
      case 'lt':
        throw new VigilError(
          'LOG_QUERY_INVALID',
          'invalid',
          `labelSelector: "${key}" is stored as text, which has no "${operator === 'gt' ? '>' : '<'}"`,
        );
    }
  });
}
