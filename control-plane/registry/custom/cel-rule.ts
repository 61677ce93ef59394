import { compileCel, type CelProgram } from '../../../lib/cel/environment.ts';
import type { RuleProps } from './schema-props.ts';

/** A validation rule, compiled. */
export interface CelRule {
  readonly props: RuleProps;
  readonly program: CelProgram;
  /** Makes the message of a violation. */
  readonly messageProgram: CelProgram | undefined;
  /** Compares with what was before: only asked when there was something. */
  readonly isTransition: boolean;
}

const variables = ['self', 'oldSelf'];
const compiled = new WeakMap<RuleProps, CelRule>();

/** Throws `CelError`. */
export function celRule(props: RuleProps): CelRule {
  let rule = compiled.get(props);
  if (!rule) {
    rule = {
      props,
      program: compileCel(props.rule, variables),
      messageProgram: props.messageExpression ? compileCel(props.messageExpression, variables) : undefined,
      isTransition: /\boldSelf\b/.test(props.rule),
    };
    compiled.set(props, rule);
  }
  return rule;
}
