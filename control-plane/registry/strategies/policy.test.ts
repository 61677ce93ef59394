import { expect, it } from 'vitest';
import { limitRangeStrategy } from './policy.ts';

const problems = (item: Readonly<Record<string, Readonly<Record<string, string>>>>) =>
  limitRangeStrategy
    .validate?.({ metadata: { name: 'l' }, spec: { limits: [{ type: 'Container', ...item }] } })
    .map(({ field, message }) => `${field}: ${message}`);

it.each([
  [{ min: { cpu: '1' }, max: { cpu: '2' }, maxLimitRequestRatio: { cpu: '2' } }, []],
  [
    { default: { cpu: '3' }, max: { cpu: '2' } },
    ['spec.limits[0].default[cpu]: Invalid value: "2": default value 3 is greater than max value 2'],
  ],
  [
    { min: { cpu: '2' }, default: { cpu: '1' } },
    ['spec.limits[0].default[cpu]: Invalid value: "2": min value 2 is greater than default value 1'],
  ],
  [
    { maxLimitRequestRatio: { cpu: '500m' } },
    ['spec.limits[0].maxLimitRequestRatio[cpu]: Invalid value: "500m": ratio 500m is less than 1'],
  ],
  [
    { min: { cpu: '1' }, max: { cpu: '2' }, maxLimitRequestRatio: { cpu: '3' } },
    ['spec.limits[0].maxLimitRequestRatio[cpu]: Invalid value: "3": ratio 3 is greater than max/min = 2.000000'],
  ],
])('amounts of a LimitRange are in order and so is their ratio: %j', (item, expected) => {
  expect(problems(item)).toEqual(expected);
});
