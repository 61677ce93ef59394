import type { PriorityLevelConfiguration } from '../../../lib/kube/types.ts';
import { isEqualJson } from '../api-object.ts';
import { mandatoryPriorityLevels } from '../flow-control-defaults.ts';
import type { FieldError, Strategy } from '../strategy.ts';
import { namedConditionErrors } from './conditions.ts';
import { conditionErrors } from './flow-schema.ts';
import { forbiddenField, invalidValue, requiredValue, unsupportedValue } from './field-errors.ts';

type Spec = NonNullable<PriorityLevelConfiguration['spec']>;
type Limited = NonNullable<Spec['limited']>;
type Queuing = NonNullable<NonNullable<Limited['limitResponse']>['queuing']>;

const MAX_QUEUES = 10_000_000;
/** What there is of a flow's hash to deal its queues by. */
const HASH_BITS = 60;

export const priorityLevelStrategy: Strategy<PriorityLevelConfiguration> = {
  default({ spec }) {
    if (spec?.exempt) {
      spec.exempt.nominalConcurrencyShares ??= 0;
      spec.exempt.lendablePercent ??= 0;
    }
    const limited = spec?.limited;
    if (!limited) return;
    limited.nominalConcurrencyShares ??= 30;
    limited.lendablePercent ??= 0;
    const queuing = limited.limitResponse?.queuing;
    if (!queuing) return;
    queuing.queues ||= 64;
    queuing.handSize ||= 8;
    queuing.queueLengthLimit ||= 50;
  },
  prepareForCreate(level) {
    level.status = {};
  },
  validateStatusUpdate: ({ status }) => namedConditionErrors(status?.conditions),
  validate({ metadata, spec, status }) {
    const name = metadata?.name ?? '';
    return [...specErrors(spec, name), ...fixedErrors(spec, name), ...conditionErrors(status)];
  },
};

/** What the mandatory levels say cannot be changed, except how much the exempt level counts for. */
function fixedErrors(spec: Spec | undefined, name: string): readonly FieldError[] {
  const fixed = mandatoryPriorityLevels.find((one) => one.metadata?.name === name)?.spec;
  if (!fixed) return [];
  if (name !== 'exempt')
    return isEqualJson(spec, fixed) ? [] : [invalidValue('spec', spec, `spec of '${name}' must equal the fixed value`)];
  return isEqualJson({ ...spec, exempt: undefined }, { ...fixed, exempt: undefined })
    ? []
    : [invalidValue('spec', spec, `spec of '${name}' except the 'spec.exempt' field must equal the fixed value`)];
}

function specErrors(spec: Partial<Spec> = {}, name: string): readonly FieldError[] {
  const { type = '', limited, exempt } = spec;
  const errors: FieldError[] = [];
  if ((name === 'exempt') !== (type === 'Exempt'))
    errors.push(invalidValue('spec.type', type, "type must be 'Exempt' if and only if name is 'exempt'"));
  switch (type) {
    case 'Exempt':
      if (limited) errors.push(forbiddenField('spec.limited', 'must be nil if the type is not Limited'));
      if (exempt) errors.push(...shareErrors(exempt, 'spec.exempt'));
      break;
    case 'Limited':
      if (exempt) errors.push(forbiddenField('spec.exempt', 'must be nil if the type is Limited'));
      if (limited) errors.push(...limitedErrors(limited));
      else errors.push(requiredValue('spec.limited', 'must not be empty when type is Limited'));
      break;
    default:
      errors.push(unsupportedValue('spec.type', type, ['Exempt', 'Limited']));
  }
  return errors;
}

function shareErrors(
  { nominalConcurrencyShares: shares = 0, lendablePercent: percent = 0 }: Limited,
  field: string,
): FieldError[] {
  const errors: FieldError[] = [];
  if (shares < 0)
    errors.push(invalidValue(`${field}.nominalConcurrencyShares`, shares, 'must be a non-negative integer'));
  if (percent < 0 || percent > 100)
    errors.push(invalidValue(`${field}.lendablePercent`, percent, 'must be between 0 and 100, inclusive'));
  return errors;
}

function limitedErrors(limited: Limited): readonly FieldError[] {
  const { limitResponse, borrowingLimitPercent: borrowing = 0 } = limited;
  const errors = shareErrors(limited, 'spec.limited');
  if (borrowing < 0)
    errors.push(
      invalidValue('spec.limited.borrowingLimitPercent', borrowing, 'if specified, must be a non-negative integer'),
    );
  const { type = '', queuing } = limitResponse ?? {};
  const at = 'spec.limited.limitResponse';
  switch (type) {
    case 'Reject':
      if (queuing)
        errors.push(forbiddenField(`${at}.queuing`, 'must be nil if limited.limitResponse.type is not Limited'));
      break;
    case 'Queue':
      if (queuing) errors.push(...queuingErrors(queuing, `${at}.queuing`));
      else errors.push(requiredValue(`${at}.queuing`, 'must not be empty if limited.limitResponse.type is Limited'));
      break;
    default:
      errors.push(unsupportedValue(`${at}.type`, type, ['Queue', 'Reject']));
  }
  return errors;
}

function queuingErrors(queuing: Queuing, field: string): readonly FieldError[] {
  const { queues = 0, handSize = 0, queueLengthLimit = 0 } = queuing;
  const errors: FieldError[] = [];
  if (queueLengthLimit <= 0)
    errors.push(invalidValue(`${field}.queueLengthLimit`, queueLengthLimit, 'must be positive'));
  if (queues <= 0) errors.push(invalidValue(`${field}.queues`, queues, 'must be positive'));
  else if (queues > MAX_QUEUES)
    errors.push(invalidValue(`${field}.queues`, queues, `must not be greater than ${MAX_QUEUES}`));
  const at = `${field}.handSize`;
  if (handSize <= 0) errors.push(invalidValue(at, handSize, 'must be positive'));
  else if (handSize > queues) errors.push(invalidValue(at, handSize, `should not be greater than queues (${queues})`));
  else if (Math.ceil(Math.log2(queues) * handSize) > HASH_BITS)
    errors.push(
      invalidValue(
        at,
        handSize,
        `required entropy bits of deckSize ${queues} and handSize ${handSize} should not be greater than ${HASH_BITS}`,
      ),
    );
  return errors;
}
