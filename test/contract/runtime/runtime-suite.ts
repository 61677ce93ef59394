import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ContainerConfig, Runtime } from '../../../node-agent/runtime/runtime.ts';
import { eventually } from '../../support/eventually.ts';

/** An engine to be tested: two nodes on it, and names of things that are there. */
export interface RuntimeFixture {
  readonly runtime: Runtime;
  /** Another node on the same engine. */
  readonly neighbour: Runtime;
  readonly image: string;
  readonly networkName: string;
  /** Free addresses of that network. */
  readonly addresses: readonly [string, string];
  /** Sets this run's container names apart. */
  readonly prefix: string;
  remove(): Promise<void>;
}

const MiB = 1024 * 1024;
const limits = { timeoutMs: 10_000, maxOutputBytes: 1_024 };
const forever = 'trap "exit 0" TERM; : > /trapped; while :; do sleep 0.05; done';
const stubborn = 'trap "" TERM; : > /trapped; while :; do sleep 0.05; done';

/** What every implementation of `Runtime` promises. */
export function runtimeSuite(name: string, make: () => Promise<RuntimeFixture>): void {
  describe(name, () => {
    let fixture: RuntimeFixture;
    let serial = 0;
    const made: string[] = [];

    beforeAll(async () => {
      fixture = await make();
    }, 120_000);

    afterAll(async () => {
      if (!fixture) return;
      for (const id of made) await fixture.runtime.remove(id);
      await fixture.remove();
    }, 60_000);

    function config(script: string, over: Partial<ContainerConfig> = {}): ContainerConfig {
      const containerName = `c${serial++}`;
      return {
        name: `${fixture.prefix}-${containerName}`,
        kind: 'container',
        owner: {
          podNamespace: 'default',
          podName: 'a-pod',
          podUid: `${fixture.prefix}-uid`,
          containerName,
          restartCount: 3,
          backOffStep: 2,
          specHash: 'abc',
        },
        image: fixture.image,
        entrypoint: ['sh', '-c', script],
        env: ['PATH=/bin'],
        supplementalGroups: [],
        stdin: false,
        stdinOnce: false,
        tty: false,
        mounts: [],
        network: { kind: 'none' },
        pid: 'own',
        ipc: 'own',
        resources: { oomScoreAdj: 0 },
        security: {
          privileged: false,
          readOnlyRootFilesystem: false,
          noNewPrivileges: false,
          addCapabilities: [],
          dropCapabilities: [],
        },
        sysctls: {},
        hostPorts: [],
        ...over,
      };
    }

    async function create(script: string, over: Partial<ContainerConfig> = {}): Promise<string> {
      const id = await fixture.runtime.create(config(script, over));
      made.push(id);
      return id;
    }

    async function started(script: string, over: Partial<ContainerConfig> = {}): Promise<string> {
      const id = await create(script, over);
      await fixture.runtime.start(id);
      return id;
    }

    const exited = (id: string) =>
      eventually('the container has ended', async () => {
        const seen = await fixture.runtime.inspect(id);
        return seen?.state === 'exited' ? seen : undefined;
      });

    test('a container is created, runs and ends with its exit code, and says whose it is', async () => {
      const id = await create('exit 3');
      expect(id).toMatch(/^[0-9a-f]{64}$/);
      const created = await fixture.runtime.inspect(id);
      expect(created).toMatchObject({ id, kind: 'container', state: 'created', image: fixture.image });
      expect(created?.owner).toMatchObject({ podName: 'a-pod', restartCount: 3, backOffStep: 2, specHash: 'abc' });
      expect(created?.startedAtMs).toBeUndefined();
      await fixture.runtime.start(id);
      const seen = await exited(id);
      expect(seen).toMatchObject({ exitCode: 3, oomKilled: false });
      expect(seen.finishedAtMs).toBeGreaterThanOrEqual(seen.startedAtMs ?? Infinity);
    });

    test('a running container is given other amounts, and says what it has', async () => {
      const id = await started(forever, {
        resources: { cpuShares: 102, cpuQuotaUs: 20_000, memoryBytes: 64 * MiB, oomScoreAdj: 0 },
      });
      const before = await fixture.runtime.inspect(id);
      expect(before?.resources).toEqual({ cpuShares: 102, cpuQuotaUs: 20_000, memoryBytes: 64 * MiB });
      await fixture.runtime.updateResources(id, { cpuShares: 204, cpuQuotaUs: 40_000, memoryBytes: 128 * MiB });
      const after = await fixture.runtime.inspect(id);
      expect(after?.resources).toEqual({ cpuShares: 204, cpuQuotaUs: 40_000, memoryBytes: 128 * MiB });
      expect(after).toMatchObject({ state: 'running', startedAtMs: before?.startedAtMs });
      await fixture.runtime.updateResources(id, { memoryBytes: 96 * MiB });
      const lowered = await fixture.runtime.inspect(id);
      expect(lowered?.resources).toEqual({ cpuShares: 204, cpuQuotaUs: 40_000, memoryBytes: 96 * MiB });
      await expect(fixture.runtime.updateResources('0'.repeat(64), { cpuShares: 4 })).rejects.toMatchObject({
        code: 'CONTAINER_NOT_FOUND',
      });
    });

    test('a list shows the containers of the node and of no other', async () => {
      const id = await started(forever);
      expect(await fixture.runtime.list()).toContainEqual({ id, state: 'running' });
      expect((await fixture.neighbour.list()).some((brief) => brief.id === id)).toBe(false);
      expect(await fixture.neighbour.inspect(id)).toBeUndefined();
    });

    test('a name can be given once, and an image must be there', async () => {
      const first = config('exit 0');
      made.push(await fixture.runtime.create(first));
      await expect(fixture.runtime.create(first)).rejects.toMatchObject({ code: 'CONTAINER_NAME_TAKEN' });
      const imageless = config('exit 0', { image: 'vigil-contract/nowhere:1' });
      await expect(fixture.runtime.create(imageless)).rejects.toMatchObject({ code: 'IMAGE_NOT_FOUND' });
    });

    test('a container that is stopped may end by itself, and is killed when it does not', async () => {
      const polite = await started(forever);
      const deaf = await started(stubborn);
      for (const id of [polite, deaf])
        await eventually('the shell has set its trap', async () => {
          const { exitCode } = await fixture.runtime.exec(id, ['sh', '-c', 'test -e /trapped'], limits);
          return exitCode === 0;
        });
      await fixture.runtime.stop(polite, 20_000);
      expect(await fixture.runtime.inspect(polite)).toMatchObject({ state: 'exited', exitCode: 0 });
      await fixture.runtime.stop(deaf, 1_000);
      expect(await fixture.runtime.inspect(deaf)).toMatchObject({ state: 'exited', exitCode: 137 });
      const killed = await started(forever);
      await fixture.runtime.stop(killed, 0);
      expect(await fixture.runtime.inspect(killed)).toMatchObject({ state: 'exited', exitCode: 137 });
    });

    test('what has ended or is gone can be stopped and removed again', async () => {
      const id = await started('exit 0');
      await exited(id);
      await fixture.runtime.stop(id, 1_000);
      await fixture.runtime.remove(id);
      await fixture.runtime.remove(id);
      await fixture.runtime.stop(id, 1_000);
      expect(await fixture.runtime.inspect(id)).toBeUndefined();
      await expect(fixture.runtime.start(id)).rejects.toMatchObject({ code: 'CONTAINER_NOT_FOUND' });
    });

    test('a command runs in a container, with its output cut and its exit code told', async () => {
      const id = await started(forever);
      const run = (script: string, over = {}) => fixture.runtime.exec(id, ['sh', '-c', script], { ...limits, ...over });
      expect(await run('echo hello')).toEqual({ exitCode: 0, output: 'hello\n' });
      expect(await run('exit 4')).toEqual({ exitCode: 4, output: '' });
      expect((await run('echo hello', { maxOutputBytes: 3 })).output).toBe('hel');
      await expect(run('sleep 1000', { timeoutMs: 300 })).rejects.toMatchObject({ code: 'EXEC_TIMEOUT' });
      await expect(fixture.runtime.exec('0'.repeat(64), ['sh', '-c', 'echo hello'], limits)).rejects.toMatchObject({
        code: 'CONTAINER_NOT_FOUND',
      });
    });

    test('a sandbox has the address that it was given, and others may join it', async () => {
      const [ip] = fixture.addresses;
      const network = { kind: 'bridge', name: fixture.networkName, ip } as const;
      const id = await started(forever, { kind: 'sandbox', network, hostname: 'a-pod' });
      expect(await fixture.runtime.inspect(id)).toMatchObject({ kind: 'sandbox', state: 'running', ip });
      const joined = await started(forever, { network: { kind: 'container', containerId: id } });
      expect(await fixture.runtime.inspect(joined)).toMatchObject({ state: 'running' });
    });

    test('images are told apart from those that are not there, and a failed pull says why', async () => {
      expect(await fixture.runtime.image(fixture.image)).toMatchObject({ id: expect.stringMatching(/^sha256:/) });
      expect(await fixture.runtime.image('vigil-contract/nowhere:1')).toBeUndefined();
      expect((await fixture.runtime.images()).some(({ tags }) => tags.includes(fixture.image))).toBe(true);
      await expect(
        fixture.runtime.pull('nosuch.invalid/nowhere:1', undefined, AbortSignal.timeout(30_000)),
      ).rejects.toMatchObject({ code: 'IMAGE_PULL_FAILED', message: expect.stringMatching(/./) });
    });

    test('the files of an image can be read, whatever becomes of the reading, without a container to be seen', async () => {
      const { id = '' } = (await fixture.runtime.image(fixture.image)) ?? {};
      const before = await fixture.runtime.list();
      await expect(fixture.runtime.readImage(id, () => Promise.reject(new Error('no room')))).rejects.toThrow(
        'no room',
      );
      let size = 0;
      await fixture.runtime.readImage(id, async (tar) => {
        for await (const chunk of tar) size += (chunk as Buffer).length;
        expect(await fixture.runtime.list()).toEqual(before);
      });
      expect(size).toBeGreaterThan(0);
      await expect(fixture.runtime.readImage('sha256:no', () => Promise.resolve())).rejects.toMatchObject({
        code: 'ENGINE_FAILED',
      });
    });

    test('events name what happened to own containers, and end when they are no longer wanted', async () => {
      const stop = new AbortController();
      const told = new Set<string>();
      const listening = (async () => {
        for await (const id of fixture.runtime.events(stop.signal)) told.add(id);
      })().catch(() => undefined);
      const id = await eventually('an event comes', async () => {
        const ended = await started('exit 0');
        await delay(200);
        return told.has(ended) ? ended : undefined;
      });
      expect(told.has(id)).toBe(true);
      stop.abort();
      await listening;
    });
  });
}
