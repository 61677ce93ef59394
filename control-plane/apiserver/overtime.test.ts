import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ApiUnderTest } from '../../test/support/api-under-test.ts';
import type { ExtensionResponse } from './extension.ts';

describe('a request that takes too long', () => {
  let api: ApiUnderTest;
  let asked: Promise<void>;
  const late = Promise.withResolvers<ExtensionResponse>();

  beforeEach(async () => {
    const begun = Promise.withResolvers<void>();
    asked = begun.promise;
    api = await ApiUnderTest.start({
      extensions: [
        {
          group: 'slow.example.com',
          version: 'v1',
          resources: [{ name: 'things', singularName: 'thing', kind: 'Thing', namespaced: false, verbs: ['list'] }],
          handle: () => {
            begun.resolve();
            return late.promise;
          },
        },
      ],
    });
  });
  afterEach(() => api.stop());

  test('is answered after a minute, once, and what comes of it later is dropped', async () => {
    const answer = api.send('GET', '/apis/slow.example.com/v1/things');
    await asked;
    await api.clock.advance(60_000);
    const answered = await answer;
    expect(answered.status).toBe(504);
    expect(answered.json()).toMatchObject({
      reason: 'Timeout',
      message: 'Timeout: request did not complete within the allotted timeout',
    });
    late.resolve({ body: { kind: 'ThingList' } });
    expect((await api.send('GET', '/readyz')).status).toBe(200);
  });
});
