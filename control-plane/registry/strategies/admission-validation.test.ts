import { describe, expect, it } from 'vitest';
import type { FieldError } from '../strategy.ts';
import { admissionRuleErrors } from './admission-rules.ts';
import { validatingAdmissionPolicyBindingStrategy, validatingAdmissionPolicyStrategy } from './admission-policy.ts';
import { clientConfigErrors } from './webhook-client-config.ts';

const texts = (errors: readonly FieldError[] | undefined) =>
  errors?.map(({ field, message }) => `${field}: ${message}`);
const rule = { apiGroups: ['a'], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] };

// What kube-apiserver 1.36.1 said to each.
describe('the rules of webhooks and policies', () => {
  it.each<[object, readonly string[]]>([
    [{}, []],
    [
      { apiGroups: ['*', 'a'] },
      [`rule.apiGroups: Invalid value: ["*","a"]: if '*' is present, must not specify other API groups`],
    ],
    [
      { resources: ['*', 'pods'] },
      [
        `rule.resources: Invalid value: ["*","pods"]: if '*' is present, must not specify other resources without subresources`,
      ],
    ],
    [
      { resources: ['*/*', '*'] },
      [`rule.resources: Invalid value: ["*/*","*"]: if '*/*' is present, must not specify other resources`],
    ],
    [
      { resources: ['pods/*', 'pods/status'] },
      [`rule.resources[1]: Invalid value: "pods/status": if 'pods/*' is present, must not specify pods/status`],
    ],
    [
      { resources: ['*/status', 'pods/status'] },
      [`rule.resources[1]: Invalid value: "pods/status": if '*/status' is present, must not specify pods/status`],
    ],
    [{ resources: ['*', '*/status', 'pods/log'] }, []],
    [{ resources: ['pods', 'pods/*'] }, []],
    [{ resourceNames: ['a', 'a'] }, ['rule.resourceNames[1]: Duplicate value: "a"']],
  ])('%j', (change, expected) => {
    expect(texts(admissionRuleErrors({ ...rule, ...change }, 'rule'))).toEqual(expected);
  });
});

describe('where a webhook is', () => {
  it.each<[string, readonly string[]]>([
    ['https://h/path', []],
    [
      'http://h/',
      [`at.url: Invalid value: "http": 'https' is the only allowed URL scheme; desired format: https://host[/path]`],
    ],
    ['https://', ['at.url: Invalid value: "": host must be specified; desired format: https://host[/path]']],
    ['https://user:pw@h/', ['at.url: Invalid value: "user:pw": user information is not permitted in the URL']],
    ['https://h/?q=1', ['at.url: Invalid value: "q=1": query parameters are not permitted in the URL']],
    ['https://h/#f', ['at.url: Invalid value: "f": fragments are not permitted in the URL']],
  ])('%s', (url, expected) => expect(texts(clientConfigErrors({ url }, 'at'))).toEqual(expected));

  it.each<[string, readonly string[]]>([
    ['/', []],
    ['/a/', []],
    ['/a//b', ['at.service.path: Invalid value: "/a//b": segment[1] may not be empty']],
    ['//', ['at.service.path: Invalid value: "//": segment[0] may not be empty']],
  ])('the path %s', (path, expected) =>
    expect(texts(clientConfigErrors({ service: { name: 'a', namespace: 'b', path } }, 'at'))).toEqual(expected),
  );
});

describe('an admission policy', () => {
  const undeclared = (name: string, text: string) =>
    `compilation failed: ERROR: <input>:1:1: undeclared reference to '${name}' (in container '')\n | ${text}\n | ^`;

  it.each<[object, readonly string[]]>([
    [{}, []],
    [{ paramKind: {} }, ['spec.paramKind.apiVersion: Required value', 'spec.paramKind.kind: Required value']],
    [{ paramKind: { apiVersion: 'v1', kind: 'ConfigMap' }, validations: [{ expression: 'params.a == 1' }] }, []],
    [
      { validations: [{ expression: 'params.a == 1' }] },
      [`spec.validations[0].expression: Invalid value: "params.a == 1": ${undeclared('params', 'params.a == 1')}`],
    ],
    [
      { validations: [{ expression: '1' }] },
      ['spec.validations[0].expression: Invalid value: "1": must evaluate to bool but got int'],
    ],
    [
      { validations: [{ expression: 'true', message: 'a\nb' }] },
      ['spec.validations[0].message: Invalid value: "a\\nb": must not contain line breaks'],
    ],
    [
      { validations: [{ expression: 'true', messageExpression: 'true' }] },
      ['spec.validations[0].messageExpression: Invalid value: "true": must evaluate to string but got bool'],
    ],
    [
      { auditAnnotations: [{ key: 'a', valueExpression: '1' }] },
      [
        'spec.auditAnnotations[0].valueExpression: Invalid value: "1": must evaluate to one of [string null_type] but got int',
      ],
    ],
    [
      { matchConditions: [{ name: 'a', expression: 'variables.a' }], variables: [{ name: 'a', expression: '1' }] },
      [`spec.matchConditions[0].expression: Invalid value: "variables.a": ${undeclared('variables', 'variables.a')}`],
    ],
    [
      { variables: [{ name: 'in', expression: '1' }] },
      ['spec.variables[0].name: Invalid value: "in": must be a valid CEL identifier'],
    ],
    [
      {
        variables: [
          { name: 'a', expression: '1' },
          { name: 'b', expression: 'variables.c' },
          { name: 'c', expression: '1' },
        ],
      },
      [
        `spec.variables[1].expression: Invalid value: "variables.c": compilation failed: ERROR: <input>:1:10: undefined field 'c'\n | variables.c\n | .........^`,
      ],
    ],
  ])('%j', (change, expected) => {
    const spec = { matchConstraints: { resourceRules: [rule] }, validations: [{ expression: 'true' }], ...change };
    expect(texts(validatingAdmissionPolicyStrategy.validate?.({ metadata: { name: 'p' }, spec }))).toEqual(expected);
  });

  it.each<[object, readonly string[]]>([
    [
      {},
      [
        'spec.paramRef: Required value: one of name or selector must be specified',
        'spec.paramRef.parameterNotFoundAction: Required value',
      ],
    ],
    [
      { name: 'a', parameterNotFoundAction: 'x' },
      ['spec.paramRef.parameterNotFoundAction: Unsupported value: "x": supported values: "Deny", "Allow"'],
    ],
    [
      { name: 'a', selector: {}, parameterNotFoundAction: 'Deny' },
      [
        'spec.paramRef.name: Forbidden: name and selector are mutually exclusive',
        'spec.paramRef.selector: Forbidden: name and selector are mutually exclusive',
      ],
    ],
  ])('is bound to %j', (paramRef, expected) => {
    const spec = { policyName: 'p', validationActions: ['Deny'], paramRef };
    expect(texts(validatingAdmissionPolicyBindingStrategy.validate?.({ spec }))).toEqual(expected);
  });
});
