import { core, namespaced, type BaseObject } from '../base-object.ts';
import { allObjects } from '../all-objects.ts';
import { databaseDefinition } from '../custom-objects.ts';
import type { Question, Questions } from './question.ts';

const namespace: BaseObject = { path: '/api/v1/namespaces', object: { metadata: { name: 'verdict-lists' } } };
const secrets = '/api/v1/namespaces/verdict-lists/secrets';

const secret = (name: string, labels: Readonly<Record<string, string>>): BaseObject => ({
  path: secrets,
  object: { metadata: { name, labels } },
});

const objects = [
  namespace,
  secret('a', { app: 'web', tier: 'front', size: '3' }),
  secret('b', { app: 'web', 'example.com/tier': '' }),
  secret('c', { app: 'api', size: '20' }),
  secret('d', {}),
];

function asked(path: string, parameters: Readonly<Record<string, string>>): readonly [string, Question] {
  const query = new URLSearchParams(parameters).toString();
  return [`${path} ${decodeURIComponent(query)}`, { method: 'GET', path: `${path}?${query}` }];
}

const labelSelectors = [
  'app',
  '!app',
  'app=web',
  'app==web',
  'app!=web',
  'app=',
  'app==',
  'app in (web)',
  'app in (web,api)',
  'app in ()',
  'app in (,)',
  'app in (web,)',
  'app notin (web)',
  'app notin (web, api)',
  'app in web',
  'app in (web',
  'app IN (web)',
  'app=web,tier',
  'app=web,,tier',
  ',app=web',
  'app=web,',
  ' app = web ',
  'app=web tier=front',
  'size>2',
  'size<10',
  'size>x',
  'size>-1',
  'size> 2,size<10',
  'size>=3',
  'example.com/tier',
  'example.com/tier=',
  'example.com/tier!=x',
  'Example.com/tier',
  'example.com//tier',
  '/tier',
  '-app',
  'app=-web',
  'app=web-',
  'app=web/x',
  'app=a b',
  'app=(web)',
  '(app)',
  'app=web;tier',
  '!app=web',
  '!!app',
  '! app',
  'app!',
  'app in (Bad Value!)',
  `app=${'x'.repeat(64)}`,
  `${'x'.repeat(64)}=a`,
  'ä=b',
  'app=ä',
  '"app"=web',
  "app='web'",
  'in',
  'in in (in)',
  'notin',
  'in=notin',
  '=',
  '==',
  '!',
  'x!=y',
  'app,app!=web',
  'app=web,app=api',
  '\tapp',
  'app\n',
];

/** List options of a selector each. */
export const labelSelection: Questions = {
  objects,
  keeps: 'names',
  asked: Object.fromEntries(labelSelectors.map((labelSelector) => asked(secrets, { labelSelector }))),
};

const fieldSelectors = [
  'metadata.name=a',
  'metadata.name==a',
  'metadata.name!=a',
  'metadata.name=a,metadata.name=b',
  'metadata.name',
  'metadata.name=',
  'metadata.name!=',
  '=a',
  'metadata.namespace=verdict-lists',
  'metadata.namespace=default',
  'metadata.namespace!=default',
  'metadata.name=a,metadata.namespace=verdict-lists',
  'metadata.uid=x',
  'metadata.labels.app=web',
  'data=x',
  'metadata.name in (a,b)',
  'metadata.name>a',
  'metadata.name=a,',
  ',metadata.name=a',
  'metadata.name = a',
  ' metadata.name=a',
  String.raw`metadata.name=a\,b`,
  String.raw`metadata.name=a\x`,
  String.raw`metadata.name=a\=b`,
  'metadata.name=a=b',
  'metadata.name===a',
  'Metadata.Name=a',
  'name=a',
  '.metadata.name=a',
];

export const fieldSelection: Questions = {
  objects,
  keeps: 'names',
  asked: Object.fromEntries([
    ...fieldSelectors.map((fieldSelector) => asked(secrets, { fieldSelector })),
    ...fieldSelectors.map((fieldSelector) => asked(secrets, { fieldSelector, watch: 'true', timeoutSeconds: '1' })),
  ]),
};

const fields = [
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'name',
  'type',
  'reason',
  'source',
  'status.phase',
  'status.podIP',
  'status.podIPs',
  'status.nominatedNodeName',
  'status.replicas',
  'status.successful',
  'spec.nodeName',
  'spec.host',
  'spec.restartPolicy',
  'spec.schedulerName',
  'spec.serviceAccountName',
  'spec.hostNetwork',
  'spec.unschedulable',
  'spec.clusterIP',
  'spec.type',
  'spec.signerName',
  'spec.driver',
  'spec.replicas',
  'spec.engine',
  'spec.size',
  'involvedObject.kind',
  'involvedObject.name',
  'involvedObject.uid',
  'regarding.name',
  'reportingComponent',
  'reportingController',
  'reportingInstance',
  'action',
  'spec.attacher',
  'spec.ipFamily',
  'spec.parentRef.name',
];

const collections = [
  ...new Set(
    Object.values(allObjects)
      .filter(({ isPosted }) => !isPosted)
      .map(({ path }) => path),
  ),
];

/** Whether a kind may be selected by a field; nothing is called so. */
export const fieldsOfKinds: Questions = {
  objects: [databaseDefinition],
  keeps: 'names',
  asked: Object.fromEntries(
    [...collections, '/apis/events.k8s.io/v1/namespaces/default/events'].flatMap((path) =>
      fields.map((field) => asked(path, { fieldSelector: `${field}=no-such-value` })),
    ),
  ),
};

const parameters: Readonly<Record<string, readonly string[]>> = {
  resourceVersion: ['', '0', '1', 'abc', '-1', '999999999999'],
  resourceVersionMatch: ['', 'Exact', 'NotOlderThan', 'Bad'],
  limit: ['0', '2', '-1', 'x', ''],
  continue: ['', 'bad', 'eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6MSwic3RhcnQiOiJhXHUwMDAwIn0'],
  sendInitialEvents: ['true', 'false', 'x'],
  watch: ['true', 'false', '1', '0', 'x', ''],
  timeoutSeconds: ['1', '-1', 'x', ''],
  allowWatchBookmarks: ['true', 'x'],
  pretty: ['true', 'x'],
};

function* combinations(): Generator<Readonly<Record<string, string>>> {
  for (const [name, values] of Object.entries(parameters)) for (const value of values) yield { [name]: value };
  for (const watch of [{}, { watch: 'true' }])
    for (const resourceVersion of ['', '0', '1', 'abc'])
      for (const resourceVersionMatch of ['', 'Exact', 'NotOlderThan', 'Bad'])
        for (const sendInitialEvents of ['', 'true', 'false'])
          for (const limit of ['', '2'])
            yield Object.fromEntries(
              Object.entries({ ...watch, resourceVersion, resourceVersionMatch, sendInitialEvents, limit }).filter(
                ([, value]) => value !== '',
              ),
            );
  for (const resourceVersion of ['0', '1', 'abc'])
    for (const resourceVersionMatch of ['Exact', 'NotOlderThan'])
      yield { resourceVersion, resourceVersionMatch, continue: 'bad', limit: '2' };
}

/** Options of lists and watches, and several at once. */
export const listing: Questions = {
  objects,
  keeps: 'names',
  asked: Object.fromEntries([...combinations()].map((one) => asked(secrets, { timeoutSeconds: '1', ...one }))),
};

/** Paths of watches from before they were a parameter. */
export const watchPaths: Questions = {
  objects: [...objects, databaseDefinition],
  keeps: 'names',
  asked: Object.fromEntries(
    [
      '/api/v1/watch/namespaces/verdict-lists/secrets',
      '/api/v1/watch/namespaces/verdict-lists/secrets/a',
      '/api/v1/watch/namespaces/verdict-lists/secrets/none',
      '/api/v1/watch/namespaces/verdict-lists',
      '/api/v1/watch/namespaces/none/secrets',
      '/api/v1/watch/nodes',
      '/api/v1/watch/nothing',
      '/api/v1/watch',
      '/apis/apps/v1/watch/deployments',
      '/apis/apps/v1/watch/namespaces/verdict-lists/deployments',
      '/apis/apps/v1/watch/namespaces/verdict-lists/deployments/x/status',
      '/apis/objects.example.com/v1/watch/databases',
      '/apis/objects.example.com/v1/watch/namespaces/verdict-lists/databases',
      '/api/v1/watch/namespaces/verdict-lists/secrets/a/status',
      '/api/v1/watch/namespaces/verdict-lists/pods/a/log',
      '/apis/authorization.k8s.io/v1/watch/subjectaccessreviews',
      '/api/v1/watch/componentstatuses',
    ].flatMap((path) => [
      asked(path, { timeoutSeconds: '1' }),
      asked(path, { timeoutSeconds: '1', watch: 'false' }),
      asked(path, { timeoutSeconds: '1', fieldSelector: 'metadata.name=b' }),
      asked(path, { timeoutSeconds: '1', labelSelector: 'app=api' }),
    ]),
  ),
};

/** What a watch of something else is answered. */
export const namedWatches: Questions = {
  objects,
  keeps: 'names',
  asked: Object.fromEntries(
    [`${secrets}/a`, `${secrets}/none`, `${core}/pods/none`, `${namespaced('apps')}/deployments/none/status`].map(
      (path) => asked(path, { watch: 'true', timeoutSeconds: '1' }),
    ),
  ),
};
