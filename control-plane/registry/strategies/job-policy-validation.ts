import { isQualifiedName } from '../../../lib/kube/name-rules.ts';
import type { Job } from '../../../lib/kube/types.ts';
import type { FieldError } from '../strategy.ts';
import { follows, nonNegative, oneOf } from './field-checks.ts';
import { duplicateValue, invalidValue, requiredValue, tooMany, unsupportedValue } from './field-errors.ts';
import { internalForm } from './internal-form.ts';
import { countIndexes, JobIndexesError } from './job-indexes.ts';

type JobSpec = NonNullable<Job['spec']>;
type FailureRule = Partial<NonNullable<JobSpec['podFailurePolicy']>['rules'][number]>;
type ExitCodes = Partial<NonNullable<FailureRule['onExitCodes']>>;
type SuccessRule = NonNullable<JobSpec['successPolicy']>['rules'][number];

const MAX_RULES = 20;
const MAX_EXIT_CODES = 255;
const MAX_CONDITIONS = 20;

const actions = ['Count', 'FailIndex', 'FailJob', 'Ignore'];
const operators = ['In', 'NotIn'];

/** The rules by which a job takes the end of a pod for a failure, at `at`. */
export function validateFailurePolicy(spec: Partial<JobSpec>, at: string): readonly FieldError[] {
  const rules: readonly FailureRule[] = spec.podFailurePolicy?.rules ?? [];
  if (rules.length > MAX_RULES) return [tooMany(`${at}.rules`, rules.length, MAX_RULES)];
  return rules.flatMap((rule, index) => validateFailureRule(rule, spec, `${at}.rules[${index}]`));
}

function validateFailureRule(rule: FailureRule, spec: Partial<JobSpec>, at: string): readonly FieldError[] {
  const { action = '', onExitCodes, onPodConditions = [] } = rule;
  const errors: FieldError[] = [...chosen(`${at}.action`, action, actions)];
  if (action === 'FailIndex' && spec.backoffLimitPerIndex === undefined)
    errors.push(invalidValue(`${at}.action`, action, 'requires the backoffLimitPerIndex to be set'));
  if (onExitCodes) errors.push(...validateExitCodes(onExitCodes, containerNames(spec), `${at}.onExitCodes`));
  if (onPodConditions.length > MAX_CONDITIONS)
    errors.push(tooMany(`${at}.onPodConditions`, onPodConditions.length, MAX_CONDITIONS));
  for (const [index, { type = '', status }] of onPodConditions.entries()) {
    const place = `${at}.onPodConditions[${index}]`;
    errors.push(...follows(`${place}.type`, type, isQualifiedName));
    errors.push(...oneOf(`${place}.status`, status, ['False', 'True', 'Unknown']));
  }
  const hasConditions = onPodConditions.length > 0;
  if (onExitCodes && hasConditions)
    errors.push(wrongRule(at, 'specifying both OnExitCodes and OnPodConditions is not supported'));
  if (!onExitCodes && !hasConditions)
    errors.push(wrongRule(at, 'specifying one of OnExitCodes and OnPodConditions is required'));
  return errors;
}

/** Of a rule as a whole the API does not show the value. */
function wrongRule(field: string, detail: string): FieldError {
  return { reason: 'FieldValueInvalid', message: `Invalid value: ${detail}`, field };
}

function containerNames({ template }: Partial<JobSpec>): readonly string[] {
  const { containers = [], initContainers = [] } = template?.spec ?? {};
  return [...containers, ...initContainers].map(({ name }) => name);
}

function validateExitCodes(codes: ExitCodes, names: readonly string[], at: string): readonly FieldError[] {
  const { containerName, operator = '', values } = codes;
  const errors: FieldError[] = [...chosen(`${at}.operator`, operator, operators)];
  if (containerName !== undefined && !names.includes(containerName)) {
    const detail = 'must be one of the container or initContainer names in the pod template';
    errors.push(invalidValue(`${at}.containerName`, containerName, detail));
  }
  const given = values ?? [];
  if (given.length === 0) errors.push(invalidValue(`${at}.values`, values, 'at least one value is required'));
  if (given.length > MAX_EXIT_CODES) errors.push(tooMany(`${at}.values`, given.length, MAX_EXIT_CODES));
  const seen = new Set<number>();
  for (const [index, code] of given.entries()) {
    const place = `${at}.values[${index}]`;
    if (operator === 'In' && code === 0) errors.push(invalidValue(place, code, 'must not be 0 for the In operator'));
    if (seen.has(code)) errors.push(duplicateValue(place, code));
    seen.add(code);
  }
  if (given.some((code, index) => code < (given[index - 1] ?? code)))
    errors.push(invalidValue(`${at}.values`, given, 'must be ordered'));
  return errors;
}

function chosen(field: string, value: string, supported: readonly string[]): readonly FieldError[] {
  if (supported.includes(value)) return [];
  const list = supported.map((one) => JSON.stringify(one)).join(' ');
  return [value === '' ? requiredValue(field, `valid values: [${list}]`) : unsupportedValue(field, value, supported)];
}

/** The rules by which a job has succeeded before all its indexes have, at `at`. */
export function validateSuccessPolicy(spec: Partial<JobSpec>, at: string): readonly FieldError[] {
  const { successPolicy, completionMode, completions } = spec;
  if (!successPolicy) return [];
  if (completionMode !== 'Indexed')
    return [invalidValue(at, internalForm('SuccessPolicy', successPolicy), 'requires indexed completion mode')];
  // How many there are to succeed is missed elsewhere.
  if (completions === undefined) return [];
  const rules = successPolicy.rules ?? [];
  const detail = 'at least one rules must be specified when the successPolicy is specified';
  if (rules.length === 0) return [requiredValue(`${at}.rules`, detail)];
  if (rules.length > MAX_RULES) return [tooMany(`${at}.rules`, rules.length, MAX_RULES)];
  return rules.flatMap((rule, index) => validateSuccessRule(rule, completions, `${at}.rules[${index}]`));
}

function validateSuccessRule(rule: SuccessRule, completions: number, at: string): readonly FieldError[] {
  const { succeededCount, succeededIndexes } = rule;
  if (succeededCount === undefined && succeededIndexes === undefined)
    return [requiredValue(at, 'at least one of succeededCount or succeededIndexes must be specified')];
  const errors: FieldError[] = [];
  let indexes = 0;
  try {
    indexes = countIndexes(succeededIndexes ?? '', completions);
  } catch (error) {
    if (!(error instanceof JobIndexesError)) throw error;
    const detail = `error parsing succeededIndexes: ${error.message}`;
    errors.push(invalidValue(`${at}.succeededIndexes`, succeededIndexes, detail));
  }
  if (succeededCount === undefined) return errors;
  const field = `${at}.succeededCount`;
  const atMost = (max: number, of: string) => {
    if (succeededCount > max)
      errors.push(invalidValue(field, succeededCount, `must be less than or equal to ${max} (${of})`));
  };
  errors.push(...nonNegative(field, succeededCount));
  atMost(completions, 'the number of specified completions');
  if (succeededIndexes !== undefined) atMost(indexes, 'the number of indexes in the specified succeededIndexes field');
  return errors;
}
