import { expect, it } from 'vitest';
import { unreadSelectors } from './unread-selectors.ts';

const labels = (requirements: readonly { operator: string; values?: string[] }[]) => ({
  labelSelector: { requirements: requirements.map((one) => ({ key: 'app', ...one })) },
});
const fields = (requirements: readonly { operator: string; values?: string[] }[]) => ({
  fieldSelector: { requirements: requirements.map((one) => ({ key: 'metadata.name', ...one })) },
});

it.each<[string, Parameters<typeof unreadSelectors>[0], string | undefined]>([
  ['none', {}, undefined],
  ['labels', labels([{ operator: 'In', values: ['a', 'b'] }, { operator: 'Exists' }]), undefined],
  [
    'a label that is there with a value',
    labels([{ operator: 'Exists', values: ['a'] }]),
    'spec.resourceAttributes.labelSelector ignored due to parse error',
  ],
  ['a field', fields([{ operator: 'NotIn', values: ['a'] }]), undefined],
  [
    'a field of two values beside one that is read',
    fields([
      { operator: 'In', values: ['a', 'b'] },
      { operator: 'In', values: ['a'] },
    ]),
    'spec.resourceAttributes.fieldSelector partially ignored due to parse error',
  ],
  ['text', { labelSelector: { rawSelector: 'app in (a)' } }, undefined],
  [
    'texts that are none',
    { fieldSelector: { rawSelector: 'a' }, labelSelector: { rawSelector: 'app in' } },
    'spec.resourceAttributes.fieldSelector ignored due to parse error; spec.resourceAttributes.labelSelector ignored due to parse error',
  ],
])('selectors of a review that are not understood are named: %s', (_name, resource, expected) => {
  expect(unreadSelectors(resource)).toBe(expected);
});
