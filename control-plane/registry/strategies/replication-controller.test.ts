import { describe, expect, it } from 'vitest';
import { defaulted, problems } from '../../../test/support/strategy-verdicts.ts';
import { replicationControllerStrategy } from './replication-controller.ts';

const template = { metadata: { labels: { app: 'a' } }, spec: { containers: [{ name: 'c', image: 'c:1' }] } };
const controller = (spec: object) => ({ metadata: { name: 'a' }, spec: { template, ...spec } });

describe('a replication controller', () => {
  it('takes its selector and labels from its template', () => {
    expect(defaulted(replicationControllerStrategy, controller({}))).toMatchObject({
      metadata: { labels: { app: 'a' } },
      spec: { replicas: 1, selector: { app: 'a' } },
    });
    const own = { metadata: { name: 'a', labels: { mine: 'yes' } }, spec: { selector: { app: 'a' }, template } };
    expect(defaulted(replicationControllerStrategy, own)).toMatchObject({ metadata: { labels: { mine: 'yes' } } });
  });

  it.each<[string, object, string]>([
    ['negative replicas', { replicas: -1 }, 'spec.replicas: Invalid value: -1: must be greater than or equal to 0'],
    ['no selector and no labels', { template: { spec: template.spec } }, 'spec.selector: Required value'],
    ['no template', { selector: { app: 'a' }, template: undefined }, 'spec.template: Required value'],
    [
      'a selector that misses its template',
      { selector: { app: 'b' } },
      'spec.template.metadata.labels: Invalid value: {"app":"a"}: `selector` does not match template `labels`',
    ],
  ])('is refused for %s', (_, spec, message) => {
    expect(problems(replicationControllerStrategy, controller(spec))).toContain(message);
  });
});
