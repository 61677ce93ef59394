import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ApiUnderTest } from '../../../test/support/api-under-test.ts';
import type { RecordWriter } from '../../../lib/signals/record-writer.ts';
import { requestInfo } from '../request-info.ts';
import { auditLevel, defaultPolicy, parseAuditPolicy } from './audit-policy.ts';
import { Auditor } from './auditor.ts';

describe('the usual policy', () => {
  const person = { name: 'ann', groups: ['devs', 'system:authenticated'] };
  const agent = { name: 'system:node:node-1', groups: ['system:nodes', 'system:authenticated'] };
  test.each([
    ['POST', '/api/v1/namespaces/shop/pods', person, 'Metadata'],
    ['DELETE', '/apis/apps/v1/namespaces/shop/deployments/hello', person, 'Metadata'],
    ['GET', '/api/v1/namespaces/shop/pods', person, 'None'],
    ['GET', '/api/v1/namespaces/shop/secrets/key', person, 'Metadata'],
    ['POST', '/api/v1/namespaces/shop/pods/a/exec', person, 'Metadata'],
    ['POST', '/api/v1/namespaces/shop/events', person, 'None'],
    ['PATCH', '/api/v1/namespaces/shop/pods/a/status', agent, 'None'],
    ['GET', '/healthz', person, 'None'],
  ])('%s %s', (method, path, user, level) => {
    expect(auditLevel(defaultPolicy, user, requestInfo(method, path, new URLSearchParams()))).toBe(level);
  });
});

describe('a policy of its own', () => {
  test('is taken rule by rule', () => {
    const rules = parseAuditPolicy({
      kind: 'Policy',
      rules: [
        { level: 'None', nonResourceURLs: ['/healthz*'] },
        { level: 'None', users: ['robot'] },
        { level: 'Metadata', namespaces: ['shop'], verbs: ['get'] },
      ],
    });
    const level = (path: string, name = 'ann') =>
      auditLevel(rules, { name, groups: [] }, requestInfo('GET', path, new URLSearchParams()));
    expect(level('/api/v1/namespaces/shop/pods/a')).toBe('Metadata');
    expect(level('/api/v1/namespaces/shop/pods/a', 'robot')).toBe('None');
    expect(level('/api/v1/namespaces/other/pods/a')).toBe('None');
    expect(level('/healthz')).toBe('None');
  });

  test.each([
    [{ kind: 'Pod' }, 'audit policy: kind: must be Policy'],
    [{ kind: 'Policy', rules: [] }, 'audit policy: rules: must have at least one rule'],
    [{ kind: 'Policy', rules: [{ level: 'Request' }] }, 'audit policy: rules[0].level: "Request" is not supported'],
  ])('that is wrong is refused: %j', (policy, message) => {
    expect(() => parseAuditPolicy(policy)).toThrow(message);
  });
});

describe('the account', () => {
  let api: ApiUnderTest;
  const kept: { dataset: string; document: Readonly<Record<string, unknown>> }[] = [];
  const records: RecordWriter = { append: (dataset, document) => void kept.push({ dataset, document }) };

  beforeEach(async () => {
    kept.length = 0;
    api = await ApiUnderTest.start({ auditor: new Auditor(defaultPolicy, records, 'demo') });
  });
  afterEach(() => api.stop());

  test('says who did what, from where, and what came of it, and nothing of what was sent', async () => {
    const token = await api.tokenOf('admin');
    const send = (url: string, payload: object) =>
      api.inject({
        method: 'POST',
        url,
        payload,
        headers: { authorization: `Bearer ${token}`, 'user-agent': 'kubectl/1' },
      });
    const made = await send('/api/v1/namespaces/default/secrets', {
      metadata: { name: 'key' },
      data: { password: 'c2VjcmV0' },
    });
    expect(made.statusCode).toBe(201);
    const refused = await api.inject({ method: 'DELETE', url: '/api/v1/namespaces/default/secrets/key' });
    expect(refused.statusCode).toBe(403);
    await api.inject({
      method: 'GET',
      url: '/api/v1/namespaces/default/pods',
      headers: { authorization: `Bearer ${token}` },
    });
    expect(kept).toMatchObject([
      {
        dataset: 'audit',
        document: {
          message: 'system:serviceaccount:kube-system:admin create secrets default: 201',
          event: { action: 'create', outcome: 'success' },
          user: { name: 'system:serviceaccount:kube-system:admin' },
          user_agent: { original: 'kubectl/1' },
          http: { response: { status_code: 201 } },
          kubernetes: {
            namespace: 'default',
            audit: {
              auditID: made.headers['audit-id'],
              verb: 'create',
              objectRef: { resource: 'secrets', namespace: 'default' },
            },
          },
          orchestrator: { cluster: { name: 'demo' } },
          data_stream: { dataset: 'vigil.audit' },
        },
      },
      { document: { message: 'system:anonymous delete secrets default/key: 403', event: { outcome: 'failure' } } },
    ]);
    expect(JSON.stringify(kept)).not.toMatch(/c2VjcmV0|Bearer/);
  });
});
