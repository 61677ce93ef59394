import { describe, expect, test } from 'vitest';
import type { FlowSchema, PriorityLevelConfiguration } from '../../../lib/kube/types.ts';
import {
  autoupdateSpec,
  mandatoryFlowSchemas,
  mandatoryPriorityLevels,
  suggestedFlowSchemas,
  suggestedPriorityLevels,
} from '../../registry/flow-control-defaults.ts';
import { planFlowObjects } from './flow-objects-plan.ts';

const nowMs = Date.UTC(2026, 0, 1);
const levels = [...mandatoryPriorityLevels, ...suggestedPriorityLevels];
const found = (schema: FlowSchema): FlowSchema => ({
  ...schema,
  status: {
    conditions: [
      {
        type: 'Dangling',
        status: 'False',
        reason: 'Found',
        message: `This FlowSchema references the PriorityLevelConfiguration object named "${schema.spec?.priorityLevelConfiguration.name}" and it exists`,
        lastTransitionTime: '2020-01-01T00:00:00Z',
      },
    ],
  },
});
const schemas = [...mandatoryFlowSchemas, ...suggestedFlowSchemas].map(found);

const level = (name: string) => levels.find(({ metadata }) => metadata?.name === name) as PriorityLevelConfiguration;
const annotated = (
  object: PriorityLevelConfiguration,
  annotation: string | undefined,
  shares: number,
  generation = 1,
): PriorityLevelConfiguration => ({
  ...object,
  metadata: {
    ...object.metadata,
    generation,
    annotations: annotation === undefined ? {} : { [autoupdateSpec]: annotation },
  },
  spec: { type: 'Limited', limited: { ...object.spec?.limited, nominalConcurrencyShares: shares } },
});
const replaced = (object: PriorityLevelConfiguration) =>
  levels.map((one) => (one.metadata?.name === object.metadata?.name ? object : one));

/** `action name annotation shares` of what is to be done about levels. */
function about(present: readonly PriorityLevelConfiguration[]): string[] {
  return planFlowObjects(present, schemas, nowMs).levels.map(({ action, object }) =>
    [
      action,
      object.metadata?.name,
      object.metadata?.annotations?.[autoupdateSpec],
      object.spec?.limited?.nominalConcurrencyShares,
    ].join(' '),
  );
}

describe('the flow control objects of a cluster', () => {
  test('are made when there are none, mandatory ones first', () => {
    const plan = planFlowObjects([], [], nowMs);
    expect(plan.levels.map(({ action, object }) => `${action} ${object.metadata?.name}`)).toEqual(
      levels.map(({ metadata }) => `create ${metadata?.name}`),
    );
    expect(plan.schemas).toHaveLength(13);
  });

  test('need nothing when they are as they should be', () => {
    expect(planFlowObjects(levels, schemas, nowMs)).toEqual({ levels: [], schemas: [] });
  });

  test.each<[string, readonly PriorityLevelConfiguration[], readonly string[]]>([
    ['a mandatory one that is gone comes back', levels.slice(1), ['create catch-all true 5']],
    ['a suggested one that is gone comes back', levels.slice(0, -1), ['create global-default true 20']],
    [
      'a suggested one is the server’s while it says so',
      replaced(annotated(level('system'), 'true', 7, 3)),
      ['update system true 30'],
    ],
    ['a suggested one that says otherwise stays', replaced(annotated(level('system'), 'false', 7, 3)), []],
    [
      'one that says nothing and was never changed is the server’s',
      replaced(annotated(level('system'), undefined, 7)),
      ['update system true 30'],
    ],
    [
      'one that says nothing and was changed is its owner’s',
      replaced(annotated(level('system'), undefined, 7, 2)),
      ['update system false 7'],
    ],
    [
      'a mandatory one is kept whatever it says',
      replaced(annotated(level('catch-all'), 'false', 5, 2)),
      ['update catch-all true 5'],
    ],
    [
      'one that was suggested once goes',
      [...levels, annotated({ metadata: { name: 'old' } }, 'true', 1)],
      ['delete old true 1'],
    ],
    ['one’s own stays', [...levels, annotated({ metadata: { name: 'mine' } }, undefined, 1)], []],
  ])('%s', (_, present, expected) => {
    expect(about(present)).toEqual(expected);
  });

  test('what the exempt level counts for may be an administrator’s', () => {
    const exempt = level('exempt');
    const raised = (annotation: string): PriorityLevelConfiguration => ({
      ...exempt,
      metadata: { ...exempt.metadata, annotations: { [autoupdateSpec]: annotation } },
      spec: { type: 'Exempt', exempt: { nominalConcurrencyShares: 9, lendablePercent: 0 } },
    });
    expect(about(replaced(raised('false')))).toEqual([]);
    expect(about(replaced(raised('true')))).toEqual(['update exempt true ']);
  });
});

describe('a schema', () => {
  const mine: FlowSchema = { metadata: { name: 'mine' }, spec: { priorityLevelConfiguration: { name: 'x' } } };
  const conditionsOf = (present: readonly PriorityLevelConfiguration[], schema: FlowSchema) =>
    planFlowObjects(present, [...schemas, schema], nowMs).schemas.map(({ action, object }) => [
      action,
      object.status?.conditions,
    ]);

  test('says that its level is missing, and that it is there', () => {
    const condition = { type: 'Dangling', lastTransitionTime: '2026-01-01T00:00:00Z' };
    const about = 'This FlowSchema references the PriorityLevelConfiguration object named "x"';
    expect(conditionsOf(levels, mine)).toEqual([
      [
        'update status',
        [{ ...condition, status: 'True', reason: 'NotFound', message: `${about} but there is no such object` }],
      ],
    ]);
    expect(conditionsOf([...levels, { metadata: { name: 'x' } }], mine)).toEqual([
      ['update status', [{ ...condition, status: 'False', reason: 'Found', message: `${about} and it exists` }]],
    ]);
  });

  test('is left alone when it says so already', () => {
    expect(conditionsOf([...levels, { metadata: { name: 'x' } }], found(mine))).toEqual([]);
  });
});
