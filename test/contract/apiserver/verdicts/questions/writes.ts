import { core, namespaced, type BaseObject } from '../base-object.ts';
import { customObjects } from '../custom-objects.ts';
import type { Method } from '../../../conformance/api-client.ts';
import { placeOf } from '../judge.ts';
import type { Question, Questions } from './question.ts';

const configMap: BaseObject = {
  path: `${core}/configmaps`,
  object: { metadata: { name: 'verdict-written', labels: { app: 'web' } }, data: { a: 'x' } },
};
const pod: BaseObject = {
  path: `${core}/pods`,
  object: {
    metadata: { name: 'verdict-written' },
    spec: { nodeName: 'none', containers: [{ name: 'main', image: 'registry.example/web:1' }] },
  },
};
const deployment: BaseObject = {
  path: `${namespaced('apps')}/deployments`,
  object: {
    metadata: { name: 'verdict-written' },
    spec: {
      replicas: 0,
      selector: { matchLabels: { app: 'w' } },
      template: { metadata: { labels: { app: 'w' } }, spec: { containers: [{ name: 'main', image: 'i' }] } },
    },
  },
};
const namespace: BaseObject = { path: '/api/v1/namespaces', object: { metadata: { name: 'verdict-deleted' } } };
const custom: BaseObject = customObjects['CustomObject'] ?? configMap;

const bodies: readonly unknown[] = [
  {},
  { kind: 'DeleteOptions', apiVersion: 'v1' },
  { kind: 'DeleteOptions', apiVersion: 'meta.k8s.io/v1' },
  { kind: 'DeleteOptions', apiVersion: 'apps/v1' },
  { kind: 'DeleteOptions', apiVersion: 'policy/v1' },
  { kind: 'DeleteOptions', apiVersion: 'objects.example.com/v1' },
  { kind: 'DeleteOptions', apiVersion: 'nothing/v1' },
  { kind: 'DeleteOptions', apiVersion: 'v2' },
  { kind: 'DeleteOptions' },
  { apiVersion: 'v1' },
  { kind: 'Pod', apiVersion: 'v1' },
  { kind: 'ListOptions', apiVersion: 'v1' },
  ...[0, -1, 5, 1.5, 'x', '5', null, 9e15].map((gracePeriodSeconds) => ({ gracePeriodSeconds })),
  ...['Foreground', 'Background', 'Orphan', 'Bad', '', null, 5].map((propagationPolicy) => ({ propagationPolicy })),
  ...[true, false, 'x', null].map((orphanDependents) => ({ orphanDependents })),
  { orphanDependents: true, propagationPolicy: 'Orphan' },
  { preconditions: {} },
  { preconditions: { uid: '' } },
  { preconditions: { uid: 'other' } },
  { preconditions: { resourceVersion: '1' } },
  { preconditions: { resourceVersion: 'x' } },
  { preconditions: { uid: 'other', resourceVersion: '1' } },
  { preconditions: { uid: 5 } },
  { preconditions: 'x' },
  { unknown: 'x' },
  { metadata: { name: 'x' } },
  { ignoreStoreReadErrorWithClusterBreakingPotential: true },
  { ignoreStoreReadErrorWithClusterBreakingPotential: 'x' },
];
const queries = [
  'gracePeriodSeconds=0',
  'gracePeriodSeconds=-1',
  'gracePeriodSeconds=x',
  'gracePeriodSeconds=',
  'gracePeriodSeconds=1.5',
  'propagationPolicy=Foreground',
  'propagationPolicy=Orphan',
  'propagationPolicy=Bad',
  'propagationPolicy=',
  'orphanDependents=true',
  'orphanDependents=x',
  'orphanDependents=true&propagationPolicy=Orphan',
  'unknown=x',
  'preconditions.uid=other',
  'ignoreStoreReadErrorWithClusterBreakingPotential=true',
  'dryRun=Bad',
  'dryRun=All&dryRun=All',
];

const deleted = [configMap, pod, deployment, namespace, custom];

/** How to delete, in a body or in the query: upstream looks at the one or the other. */
export const deletions: Questions = {
  objects: deleted,
  keeps: 'names',
  asked: Object.fromEntries(
    deleted.flatMap((base) => {
      const path = placeOf(base);
      const one = (name: string, question: Omit<Question, 'method'>): readonly [string, Question] => [
        `${path} ${name}`,
        { method: 'DELETE', ...question },
      ];
      return [
        ...queries.map((query) => one(query, { path: `${path}?dryRun=All&${query}` })),
        ...bodies.map((body) =>
          one(JSON.stringify(body), { path, body: JSON.stringify({ dryRun: ['All'], ...(body as object) }) }),
        ),
        ...['x', '[]', '5', '{"dryRun":["Bad"]}', '{"dryRun":"All"}'].map((body) =>
          one(body, { path: `${path}?dryRun=All`, body }),
        ),
        one('query beside a body', {
          path: `${path}?gracePeriodSeconds=x&propagationPolicy=Bad&dryRun=All`,
          body: '{"dryRun":["All"]}',
        }),
        one('collection', { path: `${base.path}?dryRun=All&labelSelector=app%3Dnone` }),
        one('collection by a bad selector', { path: `${base.path}?dryRun=All&fieldSelector=x%3Dy` }),
        one('collection with a limit', { path: `${base.path}?dryRun=All&limit=1&labelSelector=app%3Dnone` }),
        one('collection with a body', { path: `${base.path}?labelSelector=app%3Dnone`, body: '{"dryRun":["All"]}' }),
      ];
    }),
  ),
};

const options = [
  '',
  'dryRun=All',
  'dryRun=Bad',
  'dryRun=',
  'dryRun=All&dryRun=Bad',
  'fieldManager=x',
  'fieldManager=',
  `fieldManager=${'x'.repeat(129)}`,
  'fieldManager=%00',
  'fieldValidation=Strict',
  'fieldValidation=Warn',
  'fieldValidation=Ignore',
  'fieldValidation=Bad',
  'fieldValidation=',
  'force=true',
  'force=x',
  'force=false',
  'pretty=true',
  'unknown=x',
  'timeout=x',
  'timeout=1s',
  'timeout=-1s',
  'timeoutSeconds=x',
];

interface Sent {
  readonly name: string;
  readonly method: Method;
  readonly contentType: string;
  readonly body: string;
}

function sent(object: Readonly<Record<string, unknown>>, identity: Readonly<Record<string, unknown>>): readonly Sent[] {
  const whole = { ...identity, ...object };
  const odd = JSON.stringify({ ...whole, odd: 1 });
  const twice = JSON.stringify(whole).replace(/^\{/, `{"metadata":{"name":"a"},`);
  const json = 'application/json';
  return [
    { name: 'POST', method: 'POST', contentType: json, body: JSON.stringify(whole) },
    { name: 'POST with an unknown field', method: 'POST', contentType: json, body: odd },
    { name: 'PUT', method: 'PUT', contentType: json, body: JSON.stringify(whole) },
    { name: 'PUT with members twice', method: 'PUT', contentType: json, body: twice },
    { name: 'PUT with an unknown field', method: 'PUT', contentType: json, body: odd },
    {
      name: 'merge patch',
      method: 'PATCH',
      contentType: 'application/merge-patch+json',
      body: '{"odd":1,"metadata":{"labels":{"a":"b"},"odd":2}}',
    },
    {
      name: 'strategic patch',
      method: 'PATCH',
      contentType: 'application/strategic-merge-patch+json',
      body: '{"odd":1,"metadata":{"labels":{"a":"b"}}}',
    },
    {
      name: 'json patch',
      method: 'PATCH',
      contentType: 'application/json-patch+json',
      body: '[{"op":"add","path":"/odd","value":1,"more":2}]',
    },
    { name: 'apply', method: 'PATCH', contentType: 'application/apply-patch+yaml', body: JSON.stringify(whole) },
    {
      name: 'apply with an unknown field',
      method: 'PATCH',
      contentType: 'application/apply-patch+yaml',
      body: JSON.stringify({ ...whole, odd: 1 }),
    },
  ];
}

/** Options of writes, with bodies that have and have not what a strict reader finds fault with. */
export function writesOf(base: BaseObject, apiVersion: string, kind: string): Questions {
  const place = placeOf(base);
  return {
    objects: [base],
    keeps: 'names',
    asked: Object.fromEntries(
      sent(base.object, { apiVersion, kind }).flatMap(({ name, method, contentType, body }) =>
        options.map((option): readonly [string, Question] => {
          const path = `${method === 'POST' ? base.path : place}?${/dryRun/.test(option) ? option : `dryRun=All&${option}`}`;
          const other = method === 'POST' ? body.replace('"verdict', '"verdict-other') : body;
          return [`${name} ${option.slice(0, 60)}`, { method, path, contentType, body: other }];
        }),
      ),
    ),
  };
}

export const writtenConfigMap = configMap;
export const writtenDeployment = deployment;
