import type { DeleteRequest } from '../../registry/delete.ts';
import type { FieldError } from '../../registry/strategy.ts';
import { isTrue } from '../request-info.ts';
import { refuseOptions, unsupportedOption, wholeNumber } from './option-errors.ts';
import { dryRunErrors } from './write-options.ts';

export interface DeleteOptions extends DeleteRequest {
  readonly isDryRun: boolean;
}

const UNSAFE = 'ignoreStoreReadErrorWithClusterBreakingPotential';
const policies = ['Foreground', 'Background', 'Orphan'] as const;

/**
 * How to delete: from the body (decoded `DeleteOptions`), or from the parameters where there is none. Of parameters beside a body only `dryRun` counts, lest somebody
 * lose what he meant to keep. Throws 400 for numbers that are none and 422.
 */
export function deleteOptions(
  parameters: URLSearchParams,
  sent: Readonly<Record<string, unknown>> | undefined,
): DeleteOptions {
  const query = sent ? new URLSearchParams() : parameters;
  const body = sent ?? {};
  const orphan = query.get('orphanDependents');
  const gracePeriodSeconds = wholeNumber(query, 'gracePeriodSeconds') ?? body['gracePeriodSeconds'] ?? undefined;
  const policy = query.get('propagationPolicy') ?? body['propagationPolicy'] ?? undefined;
  const orphanDependents = orphan === null ? (body['orphanDependents'] ?? undefined) : isTrue(orphan);
  const dryRun = sent ? ((body['dryRun'] ?? []) as readonly string[]) : query.getAll('dryRun');
  const propagationPolicy = policies.find((one) => one === policy);
  const errors: FieldError[] = [];
  if (orphanDependents !== undefined && policy !== undefined)
    errors.push({
      reason: 'FieldValueInvalid',
      message: `Invalid value: ${JSON.stringify(policy)}: orphanDependents and deletionPropagation cannot be both set`,
      field: 'propagationPolicy',
    });
  if (policy !== undefined && propagationPolicy === undefined)
    errors.push(unsupportedOption('propagationPolicy', JSON.stringify(policy), [...policies, 'nil']));
  errors.push(...dryRunErrors(dryRun));
  refuseOptions('DeleteOptions', errors);
  return {
    isDryRun: dryRun.includes('All') || parameters.getAll('dryRun').includes('All'),
    gracePeriodSeconds: gracePeriodSeconds as number | undefined,
    propagationPolicy,
    orphanDependents: orphanDependents as boolean | undefined,
    ignoreStoreReadErrorWithClusterBreakingPotential: body[UNSAFE] === true || isTrue(query.get(UNSAFE)),
    preconditions: body['preconditions'] as DeleteRequest['preconditions'],
  };
}
