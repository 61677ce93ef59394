import { afterAll, beforeAll, expect, test } from 'vitest';
import { ControlPlaneProcess } from './control-plane-process.ts';
import { differing } from './verdicts/ask-all.ts';
import { Judge } from './verdicts/judge.ts';
import { readKnownDifferences, readRecord } from './verdicts/records.ts';
import { subjects } from './verdicts/subjects.ts';

/*
 * Defaults, validation and immutability: an object of each kind is changed in one place after the other, and what this server makes of it is held to what kube-apiserver
 * 1.36.1 made of the same. So are patches, lists, selectors, options and what is sent to subresources. `verdicts/main.ts` shows the differences; those that are known are listed, and each that goes must leave the list.
 */

let server: ControlPlaneProcess;
let judge: Judge;
beforeAll(async () => {
  server = await ControlPlaneProcess.create('memory', { profile: 'kubernetes' });
  await server.start();
  judge = new Judge({ server: server.url, ca: server.ca.cert, ...(await server.identity('admin')) });
});
afterAll(async () => {
  judge?.close();
  await server?.remove();
});

test.each(Object.entries(subjects))('%s is judged as upstream judges it', async (name, ask) => {
  const found = differing(await ask(judge), readRecord(name));
  const listed = new Set(readKnownDifferences(name));
  expect(
    found.filter((name) => !listed.has(name)),
    'new differences',
  ).toEqual([]);
  const still = new Set(found);
  expect(
    [...listed].filter((name) => !still.has(name)),
    'differences that are gone, to be taken off the list',
  ).toEqual([]);
});
