import { widget, widgetCrd } from '../../../support/crd-builders.ts';
import { configMap, deployments, http, maps, pods } from './cases.ts';
import { sendRaw, type Server } from './request.ts';

const containers = [{ name: 'a', image: 'b' }];
const deployment = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'there' },
  spec: {
    selector: { matchLabels: { app: 'there' } },
    template: { metadata: { labels: { app: 'there' } }, spec: { containers } },
  },
};
const pod = (name: string, spec: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name },
  spec: { containers, ...spec },
});
const status = {
  status: {
    phase: 'Running',
    containerStatuses: [{ name: 'a', image: 'b', imageID: '', ready: true, restartCount: 0 }],
  },
};

/** What the malformed requests are about: objects by the name `there`, and one that must not change. */
export async function makeObjects(server: Server): Promise<void> {
  const send = async (method: string, path: string, body: object, headers: Readonly<Record<string, string>> = {}) => {
    const answer = await sendRaw(server, http(method, path, { body, headers }));
    if (answer.status >= 300 && answer.status !== 409)
      throw new Error(`${method} ${path}: ${answer.status} ${answer.body}`);
  };
  await send('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'other' } });
  await send(
    'POST',
    '/apis/apiextensions.k8s.io/v1/customresourcedefinitions',
    widgetCrd({ type: 'object', properties: { size: { type: 'integer' } } }),
  );
  await send('POST', '/api/v1/namespaces/default/serviceaccounts', {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: 'default' },
  });
  await send('POST', `${maps}?fieldManager=maker`, configMap('there', { data: { a: '1' } }));
  await send('POST', maps, configMap('fixed', { data: { a: '1' }, immutable: true }));
  await send('POST', deployments, deployment);
  await send('POST', pods, pod('there'));
  await send('POST', pods, pod('running', { nodeName: 'n1' }));
  await send('PATCH', `${pods}/running/status`, status, { 'content-type': 'application/merge-patch+json' });
  for (let tries = 0; ; tries++) {
    try {
      await send('POST', '/apis/shop.example.com/v1/namespaces/default/widgets', widget('there', { size: 1 }));
      return;
    } catch (error) {
      if (tries > 100) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
