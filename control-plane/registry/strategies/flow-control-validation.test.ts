import { describe, expect, it } from 'vitest';
import { defaulted, problems } from '../../../test/support/strategy-verdicts.ts';
import {
  mandatoryFlowSchemas,
  mandatoryPriorityLevels,
  suggestedFlowSchemas,
  suggestedPriorityLevels,
} from '../flow-control-defaults.ts';
import { flowSchemaStrategy } from './flow-schema.ts';
import { priorityLevelStrategy } from './priority-level-configuration.ts';

const everybody = { kind: 'Group', group: { name: 'system:authenticated' } };
const pods = { verbs: ['get'], apiGroups: [''], resources: ['pods'], namespaces: ['*'] };
const rule = { subjects: [everybody], resourceRules: [pods] };
const schema = (spec: object, name = 'mine') => ({
  metadata: { name },
  spec: { priorityLevelConfiguration: { name: 'workload-low' }, matchingPrecedence: 500, rules: [rule], ...spec },
});
const withRule = (over: object) => schema({ rules: [{ ...rule, ...over }] });
const level = (spec: object, name = 'mine') => ({ metadata: { name }, spec: { type: 'Limited', ...spec } });
const queuing = (over: object) =>
  level({ limited: { limitResponse: { type: 'Queue', queuing: { queues: 64, handSize: 6, ...over } } } });

describe('a FlowSchema', () => {
  it('has a precedence when it says none, and begins without a status', () => {
    expect(defaulted(flowSchemaStrategy, schema({ matchingPrecedence: undefined })).spec?.matchingPrecedence).toBe(
      1000,
    );
    expect(defaulted(flowSchemaStrategy, { ...schema({}), status: { conditions: [{ type: 'x' }] } }).status).toEqual(
      {},
    );
  });

  it.each<[string, object, readonly string[]]>([
    ['nothing', schema({}), []],
    [
      'a negative precedence',
      schema({ matchingPrecedence: -1 }),
      ['spec.matchingPrecedence: Invalid value: -1: must be a positive value'],
    ],
    [
      'a precedence that is too great',
      schema({ matchingPrecedence: 10_001 }),
      ['spec.matchingPrecedence: Invalid value: 10001: must not be greater than 10000'],
    ],
    [
      'the first precedence',
      schema({ matchingPrecedence: 1 }),
      ["spec.matchingPrecedence: Invalid value: 1: only the schema named 'exempt' may have matchingPrecedence 1"],
    ],
    [
      'no level',
      schema({ priorityLevelConfiguration: { name: '' } }),
      ['spec.priorityLevelConfiguration.name: Required value: must reference a priority level'],
    ],
    [
      'an unknown distinguisher',
      schema({ distinguisherMethod: { type: 'ByVerb' } }),
      [
        'spec.distinguisherMethod.type: Unsupported value: {"Type":"ByVerb"}: supported values: "ByNamespace", "ByUser"',
      ],
    ],
    [
      'rules of nobody',
      withRule({ subjects: [] }),
      ['spec.rules[0].subjects: Required value: subjects must contain at least one value'],
    ],
    [
      'rules about nothing',
      withRule({ resourceRules: [] }),
      ['spec.rules[0]: Required value: at least one of resourceRules and nonResourceRules has to be non-empty'],
    ],
    [
      'a subject of another kind',
      withRule({ subjects: [{ kind: 'User', group: { name: 'a' } }] }),
      [
        "spec.rules[0].subjects[0].user: Required value: user is required when subject kind is 'User'",
        "spec.rules[0].subjects[0].group: Forbidden: group is forbidden when subject kind is not 'Group'",
      ],
    ],
    [
      'a subject of no kind',
      withRule({ subjects: [{ kind: 'Robot' }] }),
      [
        'spec.rules[0].subjects[0].kind: Unsupported value: "Robot": supported values: "Group", "ServiceAccount", "User"',
      ],
    ],
    [
      'an account without a namespace',
      withRule({ subjects: [{ kind: 'ServiceAccount', serviceAccount: { name: '*' } }] }),
      [
        'spec.rules[0].subjects[0].serviceAccount.namespace: Required value: must specify namespace for service account',
      ],
    ],
    [
      'unknown verbs',
      withRule({ resourceRules: [{ ...pods, verbs: ['look'] }] }),
      [
        'spec.rules[0].resourceRules[0].verbs: Unsupported value: ["look"]: supported values: "create", "delete", "deletecollection", "get", "list", "patch", "proxy", "update", "watch"',
      ],
    ],
    [
      'more than everything',
      withRule({ resourceRules: [{ ...pods, resources: ['*', 'pods'] }] }),
      [
        `spec.rules[0].resourceRules[0].resources: Invalid value: ["*","pods"]: if '*' is present, must not specify other resources`,
      ],
    ],
    [
      'no namespace',
      withRule({ resourceRules: [{ ...pods, namespaces: [] }] }),
      [
        'spec.rules[0].resourceRules[0].namespaces: Required value: resource rules that are not cluster scoped must supply at least one namespace',
      ],
    ],
    [
      'paths that are none',
      withRule({ nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['a', '/a//b', '/a*', '/b/*'] }] }),
      [
        'spec.rules[0].nonResourceRules[0].nonResourceURLs[0]: Invalid value: "a": must start with slash',
        'spec.rules[0].nonResourceRules[0].nonResourceURLs[1]: Invalid value: "/a//b": must not contain double slash',
        'spec.rules[0].nonResourceRules[0].nonResourceURLs[2]: Invalid value: "/a*": wildcard can only do suffix matching',
      ],
    ],
  ])('is refused for %s', (_, object, expected) => {
    expect(problems(flowSchemaStrategy, object)).toEqual(expected);
  });

  it('that is mandatory stays as it is', () => {
    const [exempt] = mandatoryFlowSchemas;
    expect(problems(flowSchemaStrategy, exempt)).toEqual([]);
    expect(
      problems(flowSchemaStrategy, { ...exempt, spec: { ...exempt?.spec, matchingPrecedence: 7 } }).join(),
    ).toContain("spec of 'exempt' must equal the fixed value");
  });
});

describe('a PriorityLevelConfiguration', () => {
  it('queues by upstream’s figures when it says none', () => {
    expect(
      defaulted(priorityLevelStrategy, level({ limited: { limitResponse: { type: 'Queue', queuing: {} } } })).spec,
    ).toEqual({
      type: 'Limited',
      limited: {
        nominalConcurrencyShares: 30,
        lendablePercent: 0,
        limitResponse: { type: 'Queue', queuing: { queues: 64, handSize: 8, queueLengthLimit: 50 } },
      },
    });
  });

  it.each<[string, object, readonly string[]]>([
    ['nothing', queuing({}), []],
    [
      'shares of zero: they are what it says',
      level({ limited: { nominalConcurrencyShares: 0, limitResponse: { type: 'Reject' } } }),
      [],
    ],
    ['no limits', level({}), ['spec.limited: Required value: must not be empty when type is Limited']],
    [
      'an unknown type',
      level({ type: 'Some' }),
      ['spec.type: Unsupported value: "Some": supported values: "Exempt", "Limited"'],
    ],
    [
      'being exempt under another name',
      level({ type: 'Exempt' }),
      [`spec.type: Invalid value: "Exempt": type must be 'Exempt' if and only if name is 'exempt'`],
    ],
    [
      'numbers below zero',
      level({
        limited: {
          nominalConcurrencyShares: -1,
          lendablePercent: 101,
          borrowingLimitPercent: -1,
          limitResponse: { type: 'Reject' },
        },
      }),
      [
        'spec.limited.nominalConcurrencyShares: Invalid value: -1: must be a non-negative integer',
        'spec.limited.lendablePercent: Invalid value: 101: must be between 0 and 100, inclusive',
        'spec.limited.borrowingLimitPercent: Invalid value: -1: if specified, must be a non-negative integer',
      ],
    ],
    [
      'queues where requests are refused',
      level({ limited: { limitResponse: { type: 'Reject', queuing: { queues: 1 } } } }),
      ['spec.limited.limitResponse.queuing: Forbidden: must be nil if limited.limitResponse.type is not Limited'],
    ],
    [
      'a hand greater than the deck',
      queuing({ handSize: 65 }),
      ['spec.limited.limitResponse.queuing.handSize: Invalid value: 65: should not be greater than queues (64)'],
    ],
    [
      'a hand that the hash is too short for',
      queuing({ handSize: 11 }),
      [
        'spec.limited.limitResponse.queuing.handSize: Invalid value: 11: required entropy bits of deckSize 64 and handSize 11 should not be greater than 60',
      ],
    ],
    [
      'too many queues',
      queuing({ queues: 10_000_001, handSize: 1 }),
      ['spec.limited.limitResponse.queuing.queues: Invalid value: 10000001: must not be greater than 10000000'],
    ],
  ])('is refused for %s', (_, object, expected) => {
    expect(problems(priorityLevelStrategy, object)).toEqual(expected);
  });

  it('that is mandatory stays as it is, except what the exempt one counts for', () => {
    for (const one of mandatoryPriorityLevels) expect(problems(priorityLevelStrategy, one)).toEqual([]);
    const exempt = mandatoryPriorityLevels.find((one) => one.metadata?.name === 'exempt');
    const raised = {
      ...exempt,
      spec: { type: 'Exempt', exempt: { nominalConcurrencyShares: 10, lendablePercent: 50 } },
    };
    expect(problems(priorityLevelStrategy, raised)).toEqual([]);
    const other = level({ limited: { limitResponse: { type: 'Reject' } } }, 'catch-all');
    expect(problems(priorityLevelStrategy, other).join()).toContain("spec of 'catch-all' must equal the fixed value");
  });
});

it('what every cluster begins with is valid and needs no defaults', () => {
  for (const one of [...mandatoryFlowSchemas, ...suggestedFlowSchemas]) {
    expect(problems(flowSchemaStrategy, one)).toEqual([]);
    expect(defaulted(flowSchemaStrategy, one).spec).toEqual(one.spec);
  }
  for (const one of [...mandatoryPriorityLevels, ...suggestedPriorityLevels]) {
    expect(problems(priorityLevelStrategy, one)).toEqual([]);
    expect(defaulted(priorityLevelStrategy, one).spec).toEqual(one.spec);
  }
});
