import { compileCel } from '../../../lib/cel/environment.ts';
import { celPlainValue } from '../../../lib/cel/plain-value.ts';
import type { JwtAuthenticatorConfig, PrefixedClaim } from '../../../lib/config/authentication.ts';
import { messageOf } from '../../../lib/errors.ts';
import type { User } from '../../apiserver/extension.ts';

type Claims = Readonly<Record<string, unknown>>;

const CREDENTIAL_ID = 'authentication.kubernetes.io/credential-id';

/** The user that the claims of a token of an issuer mean. The token is known to be the issuer's. Throws an `Error` that says which rule does not hold. Pure. */
export function userOfClaims(config: JwtAuthenticatorConfig, claims: Claims): User {
  const { claimMappings, claimValidationRules = [], userValidationRules = [] } = config;
  // Made once, and only for whoever has expressions.
  let values: unknown;
  const evaluate = (what: string, expression: string): unknown => {
    values ??= celPlainValue(claims);
    return evaluated(what, expression, { claims: values });
  };
  const name = usernameOf(claimMappings.username, claims, evaluate);
  const groups = groupsOf(claimMappings.groups, claims, evaluate);
  const uid = uidOf(claimMappings.uid, claims, evaluate);
  const extra: Record<string, readonly string[]> = {};
  if (typeof claims['jti'] === 'string' && claims['jti'] !== '') extra[CREDENTIAL_ID] = [`JTI=${claims['jti']}`];
  for (const { key, valueExpression } of claimMappings.extra ?? []) {
    const found = textsOf('extra claim expression', evaluate('extra claim expression', valueExpression));
    if (found.length > 0) extra[key] = found;
  }
  for (const rule of claimValidationRules) {
    if (rule.expression)
      checkRule(evaluate('claim validation expression', rule.expression), 'claim validation expression', rule);
    else checkClaim(claims, rule.claim ?? '', rule.requiredValue ?? '');
  }
  const known = { username: name, uid: uid ?? '', groups: [...groups], extra: { ...extra } };
  for (const rule of userValidationRules)
    checkRule(
      evaluated('user info validation rule', rule.expression, { user: known }),
      'user info validation rule',
      rule,
    );
  return {
    name,
    ...(uid ? { uid } : {}),
    groups: [...groups, 'system:authenticated'],
    ...(Object.keys(extra).length > 0 ? { extra } : {}),
  };
}

type Evaluate = (what: string, expression: string) => unknown;

function usernameOf(
  { claim = '', prefix = '', expression }: PrefixedClaim,
  claims: Claims,
  evaluate: Evaluate,
): string {
  if (expression) {
    const value = evaluate('username claim expression', expression);
    if (typeof value !== 'string') throw new Error('username claim expression must return a string');
    if (value === '') throw new Error('empty username via CEL expression is not allowed');
    return value;
  }
  const value = textClaim(claims, claim, 'username');
  if (claim === 'email' && Object.hasOwn(claims, 'email_verified') && claims['email_verified'] !== true)
    throw new Error('email not verified');
  const name = prefix + value;
  if (name === '') throw new Error(`the claim ${JSON.stringify(claim)} is empty`);
  return name;
}

function groupsOf(mapping: PrefixedClaim | undefined, claims: Claims, evaluate: Evaluate): readonly string[] {
  const { claim, prefix = '', expression } = mapping ?? {};
  if (expression) return textsOf('group claim expression', evaluate('group claim expression', expression));
  if (!claim || !Object.hasOwn(claims, claim)) return [];
  const value = [claims[claim]].flat();
  if (!value.every((one) => typeof one === 'string'))
    throw new Error(`groups claim ${JSON.stringify(claim)} is neither a string nor a list of strings`);
  return value.map((one) => prefix + one);
}

function uidOf(
  mapping: Omit<PrefixedClaim, 'prefix'> | undefined,
  claims: Claims,
  evaluate: Evaluate,
): string | undefined {
  if (mapping?.claim) return textClaim(claims, mapping.claim, 'uid');
  if (!mapping?.expression) return undefined;
  const value = evaluate('uid claim expression', mapping.expression);
  if (typeof value !== 'string') throw new Error('uid claim expression must return a string');
  return value;
}

function textClaim(claims: Claims, name: string, what: string): string {
  const value = Object.hasOwn(claims, name) ? claims[name] : undefined;
  if (typeof value !== 'string')
    throw new Error(`${what} claim ${JSON.stringify(name)}: claim not present, or not a string`);
  return value;
}

function checkClaim(claims: Claims, name: string, required: string): void {
  if (!Object.hasOwn(claims, name)) throw new Error(`required claim ${name} not present in ID token`);
  const value = claims[name];
  if (typeof value !== 'string') throw new Error(`parse claim ${name}: not a string`);
  if (value !== required)
    throw new Error(`required claim ${name} value does not match. Got = ${value}, want = ${required}`);
}

function checkRule(
  value: unknown,
  what: string,
  {
    expression = '',
    message = '',
  }: { readonly expression?: string | undefined; readonly message?: string | undefined },
): void {
  if (typeof value !== 'boolean')
    throw new Error(`error evaluating ${what}: validation expression must return a boolean`);
  if (!value) throw new Error(`error evaluating ${what}: validation expression '${expression}' failed: ${message}`);
}

function textsOf(what: string, value: unknown): readonly string[] {
  if (value === null || value === undefined) return [];
  const all = [value].flat() as readonly unknown[];
  if (!all.every((one) => typeof one === 'string'))
    throw new Error(`error evaluating ${what}: expression must return a string or a list of strings`);
  return all.filter((one) => one !== '');
}

function evaluated(what: string, expression: string, variables: Readonly<Record<string, unknown>>): unknown {
  try {
    return compileCel(expression, Object.keys(variables)).evaluate(variables);
  } catch (error) {
    throw new Error(`error evaluating ${what}: ${messageOf(error)}`, { cause: error });
  }
}
