import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { applying } from './kubectl/applying.ts';
import { changing } from './kubectl/changing.ts';
import { creating } from './kubectl/creating.ts';
import { ending } from './kubectl/ending.ts';
import { getting } from './kubectl/getting.ts';
import { lookingAround } from './kubectl/looking-around.ts';
import { rights } from './kubectl/rights.ts';
import { rolling } from './kubectl/rolling.ts';
import { KubectlSession } from './kubectl/session.ts';

/** Every verb of kubectl that needs no container, against one control plane: a file per theme in `kubectl/`. */
let session: KubectlSession;
const root = () => session;

beforeAll(async () => {
  session = await KubectlSession.start();
});
afterAll(() => session.stop());

describe('kubectl looks around', () => lookingAround(root));
describe('kubectl creates', () => creating(root));
describe('kubectl gets', () => getting(root));
describe('kubectl applies', () => applying(root));
describe('kubectl changes', () => changing(root));
describe('kubectl asks for rights', () => rights(root));
describe('kubectl rolls out', () => rolling(root));
describe('kubectl deletes', () => ending(root));

test('that was a session of more than 300 commands', () => {
  expect(session.commands).toBeGreaterThan(300);
});
