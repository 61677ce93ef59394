import { expect, test } from 'vitest';
import { indexTemplate, isToBeWritten, settingsComponent, TEMPLATE_VERSION } from './templates.ts';

const ours = { version: TEMPLATE_VERSION, _meta: { managed_by: 'vigil' } };
const wanted = settingsComponent(undefined);

test.each([
  ['none is there', undefined, wanted, true],
  ['ours of an earlier version', { ...ours, version: TEMPLATE_VERSION - 1 }, wanted, true],
  ['ours of this version, whatever was changed in it', ours, wanted, false],
  ['ours of a later version', { ...ours, version: TEMPLATE_VERSION + 1 }, settingsComponent('logs-vigil'), false],
  ["somebody's own", { version: 1, _meta: { managed_by: 'me' } }, wanted, false],
  ["somebody's own without a word", {}, wanted, false],
  ['ours from before there was a policy', ours, settingsComponent('logs-vigil'), true],
  ['ours with the policy', settingsComponent('logs-vigil'), settingsComponent('logs-vigil'), false],
  ['ours with a policy that is no longer asked for', settingsComponent('logs-vigil'), wanted, false],
])('written when %s', (_name, present, template, isWritten) => {
  expect(isToBeWritten(present, template)).toBe(isWritten);
});

test.each([
  ['elasticsearch', '9.2.4', false, true],
  ['elasticsearch', '8.7.0', false, true],
  ['elasticsearch', '8.6.2', false, false],
  ['opensearch', '3.8.0', false, false],
  ['opensearch', '2.19.6', true, true],
] as const)("on %s %s with the user's component %s, the template names it: %s", (distribution, version, has, names) => {
  const template = indexTemplate({ distribution, version }, has);
  expect((template['composed_of'] as string[]).includes('logs-vigil@custom')).toBe(names);
});

test("a template from before the user's component is written again when that is there", () => {
  const server = { distribution: 'opensearch', version: '3.8.0' } as const;
  expect(isToBeWritten(indexTemplate(server, false), indexTemplate(server, true))).toBe(true);
  expect(isToBeWritten(indexTemplate(server, true), indexTemplate(server, false))).toBe(false);
});
