import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { installTemplates } from '../../support/logs/install-templates.ts';
import { stores, type RunningStore } from './stores.ts';

const retention = { maxAge: '30d' };

describe.each(Object.entries(stores))("templates and policies on '%s'", (_kind, start) => {
  let store: RunningStore;
  beforeAll(async () => {
    store = await start();
  });
  afterAll(() => store?.stop());

  async function send(method: string, path: string, body?: object): Promise<Record<string, unknown>> {
    const response = await fetch(store.url + path, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text.slice(0, 500)}`);
    return JSON.parse(text) as Record<string, unknown>;
  }

  async function componentOf(name: string): Promise<Record<string, unknown>> {
    const found = await send('GET', `/_component_template/${name}`);
    const [first] = found['component_templates'] as { component_template: Record<string, unknown> }[];
    return first?.component_template ?? {};
  }

  test('are installed once; a policy that the server cannot have is no obstacle', async () => {
    const first = await installTemplates(store.url, retention);
    expect(first.written).toEqual(['logs-vigil@settings', 'logs-vigil@mappings', 'logs-vigil']);
    expect(first.policy).toMatch(/^(written$|unavailable: status)/);
    const second = await installTemplates(store.url, retention);
    expect(second.written).toEqual([]);
    expect(second.policy).toMatch(/^(up to date$|unavailable: status)/);
  });

  test("what a user changed stays, and the user's own component counts", async () => {
    const { template } = await componentOf('logs-vigil@settings');
    await send('PUT', '/_component_template/logs-vigil@settings', { template, _meta: { managed_by: 'somebody' } });
    await send('PUT', '/_component_template/logs-vigil@custom', {
      template: { mappings: { properties: { event: { properties: { weight: { type: 'double' } } } } } },
    });
    await installTemplates(store.url, retention);
    expect((await componentOf('logs-vigil@settings'))['_meta']).toEqual({ managed_by: 'somebody' });
    await send('PUT', '/logs-vigil.events-default/_create/1?refresh=true', {
      '@timestamp': '2026-11-29T08:00:00.123456789Z',
      message: 'weighed',
      event: { weight: 1 },
      kubernetes: { labels: { app: 'x', 'app.kubernetes.io/name': 'y' } },
    });
    const mappings = JSON.stringify(await send('GET', '/logs-vigil.events-default/_mapping'));
    expect(mappings).toContain('"weight":{"type":"double"}');
    expect(mappings).toContain('"@timestamp":{"type":"date_nanos"}');
    expect(mappings).toMatch(/"labels":\{"type":"(flattened|flat_object)"/);
  });
});
