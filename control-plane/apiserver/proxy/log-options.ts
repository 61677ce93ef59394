import { badRequest, invalid } from '../../../lib/kube/status-errors.ts';
import type { FieldError } from '../../registry/strategy.ts';
import { wholeNumber } from '../options/option-errors.ts';

/** Parameters of a log request that the agent understands: the API's, and Vigil's own for joining streams. */
const understood = [
  'follow',
  'previous',
  'sinceSeconds',
  'sinceTime',
  'timestamps',
  'tailLines',
  'limitBytes',
  'stream',
  'format',
  'after',
  'containerId',
];

/** What of a log request is passed on to the agent. Throws 400 for what cannot be read and 422 for what makes no sense. */
export function logParameters(query: URLSearchParams, podName: string): URLSearchParams {
  if (query.size === 0) return query;
  const errors: FieldError[] = [];
  const atLeast = (name: string, min: number, words: string) => {
    const value = wholeNumber(query, name);
    if (value !== undefined && value < min)
      errors.push({ reason: 'FieldValueInvalid', message: `Invalid value: ${value}: ${words}`, field: name });
  };
  atLeast('tailLines', 0, 'must be greater than or equal to 0');
  atLeast('limitBytes', 1, 'must be greater than 0');
  atLeast('sinceSeconds', 1, 'must be greater than 0');
  const since = query.get('sinceTime');
  if (since !== null && Number.isNaN(Date.parse(since))) {
    const text = JSON.stringify(since);
    throw badRequest(`parsing time ${text} as "2006-01-02T15:04:05Z07:00": cannot parse ${text} as "2006"`);
  }
  if (since !== null && query.has('sinceSeconds'))
    errors.push({
      reason: 'FieldValueForbidden',
      message: 'Forbidden: at most one of `sinceTime` or `sinceSeconds` may be specified',
      field: '[]',
    });
  if (errors.length > 0) throw invalid({ group: '', kind: 'PodLogOptions' }, podName, errors);
  const passed = new URLSearchParams();
  for (const name of understood) {
    const value = query.get(name);
    if (value !== null) passed.set(name, value);
  }
  return passed;
}
