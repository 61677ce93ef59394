import { createSecureContext } from 'node:tls';
import { CelError } from '../../../lib/cel/cel-error.ts';
import { compileCel } from '../../../lib/cel/environment.ts';
import type {
  AuthenticationConfiguration,
  JwtAuthenticatorConfig,
  PrefixedClaim,
} from '../../../lib/config/authentication.ts';
import { messageOf, VigilError } from '../../../lib/errors.ts';
import { isDns1123Subdomain } from '../../../lib/kube/name-rules.ts';
import { duplicateValue, invalidValue, requiredValue } from '../../registry/strategies/field-errors.ts';
import type { FieldError } from '../../registry/strategy.ts';
import { shapeProblems, withoutNulls, type Shape } from './document-shape.ts';

const MAX_ISSUERS = 64;
const claim: Shape = { claim: 'text', prefix: 'text', expression: 'text' };
const shape: Shape = {
  apiVersion: 'text',
  kind: 'text',
  jwt: [
    {
      issuer: {
        url: 'text',
        discoveryURL: 'text',
        audiences: ['text'],
        audienceMatchPolicy: 'text',
        certificateAuthority: 'text',
      },
      claimValidationRules: [{ claim: 'text', requiredValue: 'text', expression: 'text', message: 'text' }],
      claimMappings: {
        username: claim,
        groups: claim,
        uid: { claim: 'text', expression: 'text' },
        extra: [{ key: 'text', valueExpression: 'text' }],
      },
      userValidationRules: [{ expression: 'text', message: 'text' }],
    },
  ],
};
const apiVersions = ['apiserver.config.k8s.io/v1', 'apiserver.config.k8s.io/v1beta1'];
const reservedDomain = /^([^/]*\.)?(k8s|kubernetes)\.io$/;
const emailClaim = /\bclaims\.\??email(?!\w)/;
const verifiedClaim = /\bclaims\.\??email_verified(?!\w)/;

type Issuer = Partial<JwtAuthenticatorConfig['issuer']>;
type Mappings = Partial<JwtAuthenticatorConfig['claimMappings']>;
/** What a document of the right shape is before it is known to be complete. */
interface Draft extends Partial<Omit<JwtAuthenticatorConfig, 'issuer' | 'claimMappings'>> {
  readonly issuer?: Issuer;
  readonly claimMappings?: Mappings;
}

/** Reads an AuthenticationConfiguration. `ownIssuers` are this cluster's, whose tokens are not another's to give. Throws an error that names everything that is wrong. */
export function parseAuthentication(document: unknown, ownIssuers: readonly string[]): AuthenticationConfiguration {
  const problems = shapeProblems(document, shape);
  if (problems.length > 0) throw invalid(problems);
  const written = (withoutNulls(document) ?? {}) as {
    readonly apiVersion?: string;
    readonly kind?: string;
    readonly jwt?: readonly Draft[];
  };
  const { apiVersion, kind, jwt = [] } = written;
  if (kind !== 'AuthenticationConfiguration' || !apiVersions.includes(apiVersion ?? ''))
    throw invalid([`apiVersion, kind: expected AuthenticationConfiguration of ${apiVersions.join(' or ')}`]);
  const errors =
    jwt.length > MAX_ISSUERS ? [`jwt: Too many: ${jwt.length}: must have at most ${MAX_ISSUERS} items`] : [];
  const urls = new Set<string>();
  const discoveryURLs = new Set<string>();
  for (const [at, one] of jwt.slice(0, MAX_ISSUERS).entries()) {
    const found = [
      ...draftErrors(one, `jwt[${at}]`, ownIssuers),
      ...twice(urls, `jwt[${at}].issuer.url`, one.issuer?.url),
      ...twice(discoveryURLs, `jwt[${at}].issuer.discoveryURL`, one.issuer?.discoveryURL),
    ];
    errors.push(...found.map(({ field, message }) => `${field}: ${message}`));
  }
  if (errors.length > 0) throw invalid(errors);
  return { jwt: jwt as readonly JwtAuthenticatorConfig[] };
}

function draftErrors(draft: Draft, path: string, ownIssuers: readonly string[]): readonly FieldError[] {
  const { issuer = {}, claimMappings = {}, claimValidationRules = [], userValidationRules = [] } = draft;
  const expressions = new Set<string>();
  const claims = new Set<string>();
  return [
    ...issuerErrors(issuer, `${path}.issuer`, ownIssuers),
    ...claimValidationRules.flatMap((rule, at) => {
      const field = `${path}.claimValidationRules[${at}]`;
      if (rule.claim && rule.expression) return [invalidValue(field, rule.claim, bothSet)];
      if (!rule.claim && !rule.expression) return [requiredValue(field, 'claim or expression is required')];
      if (rule.claim)
        return [
          ...(rule.message
            ? [invalidValue(`${field}.message`, rule.message, 'may not be specified when claim is set')]
            : []),
          ...twice(claims, `${field}.claim`, rule.claim),
        ];
      return [
        ...(rule.requiredValue ? [invalidValue(`${field}.requiredValue`, rule.requiredValue, withExpression)] : []),
        ...twice(expressions, `${field}.expression`, rule.expression),
        ...expressionErrors(`${field}.expression`, rule.expression, 'claims'),
      ];
    }),
    ...mappingErrors(claimMappings, claimValidationRules, `${path}.claimMappings`),
    ...userValidationRules.flatMap((rule, at) => {
      const field = `${path}.userValidationRules[${at}].expression`;
      if (!rule.expression) return [requiredValue(field)];
      return expressionErrors(field, rule.expression, 'user');
    }),
  ];
}

const bothSet = "claim and expression can't both be set";
const withExpression = 'may not be specified when expression is set';

function issuerErrors(issuer: Issuer, path: string, ownIssuers: readonly string[]): readonly FieldError[] {
  const { url = '', discoveryURL = '', audiences = [], audienceMatchPolicy = '', certificateAuthority = '' } = issuer;
  const errors: FieldError[] = [];
  if (url === '') errors.push(requiredValue(`${path}.url`));
  else {
    if (ownIssuers.includes(url))
      errors.push(
        invalidValue(`${path}.url`, url, `URL must not overlap with disallowed issuers: [${ownIssuers.join(' ')}]`),
      );
    errors.push(...urlErrors(`${path}.url`, url));
  }
  if (discoveryURL !== '') {
    if (withoutSlash(url) === withoutSlash(discoveryURL))
      errors.push(invalidValue(`${path}.discoveryURL`, discoveryURL, 'discoveryURL must be different from URL'));
    errors.push(...urlErrors(`${path}.discoveryURL`, discoveryURL));
  }
  if (audiences.length === 0)
    errors.push(requiredValue(`${path}.audiences`, `at least one ${path}.audiences is required`));
  const seen = new Set<string>();
  for (const [at, audience] of audiences.entries()) {
    if (audience === '') errors.push(requiredValue(`${path}.audiences[${at}]`));
    errors.push(...twice(seen, `${path}.audiences[${at}]`, audience));
  }
  const policyField = `${path}.audienceMatchPolicy`;
  if (audiences.length > 1 && audienceMatchPolicy !== 'MatchAny')
    errors.push(
      invalidValue(policyField, audienceMatchPolicy, 'audienceMatchPolicy must be MatchAny for multiple audiences'),
    );
  if (audiences.length === 1 && audienceMatchPolicy !== '' && audienceMatchPolicy !== 'MatchAny')
    errors.push(
      invalidValue(
        policyField,
        audienceMatchPolicy,
        'audienceMatchPolicy must be empty or MatchAny for single audience',
      ),
    );
  if (certificateAuthority !== '')
    errors.push(...certificateErrors(`${path}.certificateAuthority`, certificateAuthority));
  return errors;
}

function urlErrors(field: string, text: string): readonly FieldError[] {
  if (!URL.canParse(text)) return [invalidValue(field, text, 'must be a URL')];
  const url = new URL(text);
  return [
    ...(url.protocol === 'https:' ? [] : [invalidValue(field, text, 'URL scheme must be https')]),
    ...(url.username === '' && url.password === ''
      ? []
      : [invalidValue(field, text, 'URL must not contain a username or password')]),
    ...(url.search === '' ? [] : [invalidValue(field, text, 'URL must not contain a query')]),
    ...(url.hash === '' ? [] : [invalidValue(field, text, 'URL must not contain a fragment')]),
  ];
}

function certificateErrors(field: string, pem: string): readonly FieldError[] {
  try {
    if (!pem.includes('-----BEGIN CERTIFICATE-----'))
      return [invalidValue(field, '<omitted>', 'data does not contain any valid RSA or ECDSA certificates')];
    createSecureContext({ ca: pem });
    return [];
  } catch (error) {
    return [invalidValue(field, '<omitted>', messageOf(error))];
  }
}

function mappingErrors(
  mappings: Mappings,
  rules: NonNullable<Draft['claimValidationRules']>,
  path: string,
): readonly FieldError[] {
  const { username = {}, groups = {}, uid = {}, extra = [] } = mappings;
  const errors: FieldError[] = [
    ...claimErrors(username, `${path}.username`, true),
    ...claimErrors(groups, `${path}.groups`, false),
  ];
  if (uid.claim && uid.expression) errors.push(invalidValue(`${path}.uid`, '', bothSet));
  else errors.push(...expressionErrors(`${path}.uid.expression`, uid.expression, 'claims'));
  const keys = new Set<string>();
  for (const [at, { key = '', valueExpression }] of extra.entries()) {
    const field = `${path}.extra[${at}]`;
    errors.push(...keyErrors(`${field}.key`, key), ...twice(keys, `${field}.key`, key));
    if (!valueExpression) errors.push(requiredValue(`${field}.valueExpression`));
    else errors.push(...expressionErrors(`${field}.valueExpression`, valueExpression, 'claims'));
  }
  const others = [username, ...rules].map((one) => one.expression ?? '');
  const isVerified = [...others, ...extra.map((one) => one.valueExpression)].some((one) => verifiedClaim.test(one));
  if (emailClaim.test(username.expression ?? '') && !isVerified)
    errors.push(
      invalidValue(
        `${path}.username.expression`,
        username.expression,
        'claims.email_verified must be used in claimMappings.username.expression or claimMappings.extra[*].valueExpression or claimValidationRules[*].expression when claims.email is used in claimMappings.username.expression',
      ),
    );
  return errors;
}

function claimErrors({ claim: name, prefix, expression }: PrefixedClaim, field: string, isRequired: boolean) {
  if (name && expression) return [invalidValue(field, '', bothSet)];
  if (expression)
    return [
      ...(prefix === undefined ? [] : [invalidValue(`${field}.prefix`, prefix, withExpression)]),
      ...expressionErrors(`${field}.expression`, expression, 'claims'),
    ];
  if (name)
    return prefix === undefined
      ? [
          requiredValue(
            `${field}.prefix`,
            'prefix is required when claim is set. It can be set to an empty string to disable prefixing',
          ),
        ]
      : [];
  return isRequired ? [requiredValue(field, 'claim or expression is required')] : [];
}

function keyErrors(field: string, key: string): readonly FieldError[] {
  if (key === '') return [requiredValue(field)];
  const slash = key.indexOf('/');
  if (slash <= 0 || slash === key.length - 1)
    return [invalidValue(field, key, 'must be a domain-prefixed path (such as "acme.io/foo")')];
  const domain = key.slice(0, slash);
  return [
    ...isDns1123Subdomain(domain).map((detail) => invalidValue(field, domain, detail)),
    ...(key === key.toLowerCase() ? [] : [invalidValue(field, key, 'must be lowercase')]),
    ...(reservedDomain.test(domain)
      ? [invalidValue(field, key, 'k8s.io, kubernetes.io and their subdomains are reserved for Kubernetes use')]
      : []),
  ];
}

function expressionErrors(field: string, expression: string | undefined, variable: 'claims' | 'user') {
  if (!expression) return [];
  try {
    compileCel(expression, [variable]);
    return [];
  } catch (error) {
    if (!(error instanceof CelError)) throw error;
    return [invalidValue(field, expression, `compilation failed: ${error.message}`)];
  }
}

function twice(seen: Set<string>, field: string, value: string | undefined): readonly FieldError[] {
  if (!value) return [];
  if (seen.has(value)) return [duplicateValue(field, value)];
  seen.add(value);
  return [];
}

const withoutSlash = (url: string): string => url.replace(/\/+$/, '');

function invalid(problems: readonly string[]): VigilError {
  return new VigilError('BAD_CONFIG', 'invalid', `authentication configuration: ${problems.join('; ')}`);
}
