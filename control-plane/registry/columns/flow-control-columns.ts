import type { FlowSchema, PriorityLevelConfiguration } from '../../../lib/kube/types.ts';
import { ageColumn, column, nameColumn, type CellValue, type Column } from './column.ts';

const NONE = '<none>';

export const flowSchemaColumns: readonly Column[] = [
  nameColumn,
  column<FlowSchema>('PriorityLevel', ({ spec }) => spec?.priorityLevelConfiguration.name || NONE),
  column<FlowSchema>('MatchingPrecedence', ({ spec }) => spec?.matchingPrecedence ?? 0),
  column<FlowSchema>('DistinguisherMethod', ({ spec }) => spec?.distinguisherMethod?.type ?? NONE),
  ageColumn,
  column<FlowSchema>(
    'MissingPL',
    ({ status }) => status?.conditions?.find(({ type }) => type === 'Dangling')?.status ?? '?',
    { description: 'references a broken PriorityLevelConfiguration' },
  ),
];

type Queuing = NonNullable<
  NonNullable<NonNullable<PriorityLevelConfiguration['spec']>['limited']>['limitResponse']
>['queuing'];

const queuingColumn = (name: string, value: (queuing: NonNullable<Queuing>) => CellValue | undefined): Column =>
  column<PriorityLevelConfiguration>(name, ({ spec }) => {
    const queuing = spec?.limited?.limitResponse?.queuing;
    return (queuing && value(queuing)) ?? NONE;
  });

export const priorityLevelColumns: readonly Column[] = [
  nameColumn,
  column<PriorityLevelConfiguration>('Type', ({ spec }) => spec?.type ?? NONE),
  column<PriorityLevelConfiguration>(
    'NominalConcurrencyShares',
    ({ spec }) => spec?.limited?.nominalConcurrencyShares ?? spec?.exempt?.nominalConcurrencyShares ?? NONE,
  ),
  queuingColumn('Queues', ({ queues }) => queues),
  queuingColumn('HandSize', ({ handSize }) => handSize),
  queuingColumn('QueueLengthLimit', ({ queueLengthLimit }) => queueLengthLimit),
  ageColumn,
];
