import { badRequest } from '../../../lib/kube/status-errors.ts';
import type { FieldError } from '../../registry/strategy.ts';
import { isTrue } from '../request-info.ts';
import { forbiddenOption, refuseOptions, unsupportedOption, wholeNumber } from './option-errors.ts';

/** What a list or a watch is asked with, apart from selectors. */
export interface ListOptions {
  readonly limit: number;
  readonly continue: string | undefined;
  readonly resourceVersion: string | undefined;
  readonly resourceVersionMatch: string | undefined;
  readonly sendInitialEvents: boolean | undefined;
  readonly timeoutSeconds: number | undefined;
}

const matches = ['Exact', 'NotOlderThan'];

/** The parameters of a list, or of a watch. Throws 400 for numbers that are none and 422 for combinations that there are not. */
export function listOptions(query: URLSearchParams, isWatch: boolean): ListOptions {
  const sendInitialEvents = query.get('sendInitialEvents');
  const options: ListOptions = {
    limit: wholeNumber(query, 'limit') ?? 0,
    timeoutSeconds: wholeNumber(query, 'timeoutSeconds'),
    continue: query.get('continue') || undefined,
    resourceVersion: query.get('resourceVersion') || undefined,
    resourceVersionMatch: query.get('resourceVersionMatch') || undefined,
    sendInitialEvents: sendInitialEvents === null ? undefined : isTrue(sendInitialEvents),
  };
  refuseOptions('ListOptions', isWatch ? watchErrors(options) : listErrors(options));
  if (
    !isWatch &&
    options.continue !== undefined &&
    options.resourceVersion !== undefined &&
    options.resourceVersion !== '0'
  )
    throw badRequest('specifying resource version is not allowed when using continue');
  return options;
}

function listErrors(options: ListOptions): readonly FieldError[] {
  const { resourceVersionMatch: match, resourceVersion } = options;
  const errors: FieldError[] = [];
  const forbidden = (why: string) =>
    errors.push(forbiddenOption('resourceVersionMatch', `resourceVersionMatch ${why}`));
  if (match !== undefined) {
    if (resourceVersion === undefined) forbidden('is forbidden unless resourceVersion is provided');
    if (options.continue !== undefined) forbidden('is forbidden when continue is provided');
    if (!matches.includes(match))
      errors.push(unsupportedOption('resourceVersionMatch', JSON.stringify(match), [...matches, '']));
    if (match === 'Exact' && resourceVersion === '0') forbidden('"exact" is forbidden for resourceVersion "0"');
  }
  if (options.sendInitialEvents !== undefined)
    errors.push(forbiddenOption('sendInitialEvents', 'sendInitialEvents is forbidden for list'));
  return errors;
}

function watchErrors(options: ListOptions): readonly FieldError[] {
  const { resourceVersionMatch: match, sendInitialEvents } = options;
  const errors: FieldError[] = [];
  const forbidden = (why: string) => errors.push(forbiddenOption('resourceVersionMatch', why));
  if (sendInitialEvents !== undefined && match !== 'NotOlderThan')
    forbidden('sendInitialEvents requires setting resourceVersionMatch to NotOlderThan');
  if (options.continue !== undefined) forbidden('resourceVersionMatch is forbidden when continue is provided');
  if (match === undefined) return errors;
  if (sendInitialEvents === undefined)
    forbidden('resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided');
  if (match !== 'NotOlderThan')
    errors.push(unsupportedOption('resourceVersionMatch', JSON.stringify(match), ['NotOlderThan']));
  return errors;
}
