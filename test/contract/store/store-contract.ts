import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Change, Store, StoreWatcher, WriteOutcome } from '../../../control-plane/store/store.ts';

/** How a suite gets at an engine. */
export interface StoreSubject {
  open(): Promise<Store>;
  close(store: Store): Promise<void>;
}

class Recorder implements StoreWatcher {
  readonly changes: Change[] = [];
  isGone = false;

  changed(changes: readonly Change[]): void {
    this.changes.push(...changes);
  }

  gone(): void {
    this.isGone = true;
  }

  get revisions(): number[] {
    return this.changes.map((change) => change.revision);
  }
}

const bytes = (text: string) => Buffer.from(text);
const text = (value: Uint8Array | undefined) => value && Buffer.from(value).toString();

function revisionOf(outcome: WriteOutcome): number {
  if (!outcome.written) throw new Error(`not written: the key is at ${outcome.currentRevision}`);
  return outcome.revision;
}

/** The promises of `store.ts`, one by one. Every engine passes them. */
export function describeStore(name: string, subject: StoreSubject): void {
  describe(`the store (${name})`, () => {
    let store: Store;
    const put = async (key: string, value: string, expected = 0) =>
      revisionOf(await store.write(key, bytes(value), expected));

    beforeEach(async () => {
      store = await subject.open();
    });
    afterEach(() => subject.close(store));

    test('gives each write a revision of its own, greater than all before', async () => {
      const revisions = [await put('a/1', 'x'), await put('b/1', 'y'), await put('a/2', 'z')];
      expect(revisions).toEqual([...revisions].sort((a, b) => a - b));
      expect(new Set(revisions).size).toBe(3);
      expect(store.revision).toBe(revisions[2]);
    });

    test('writes only if the key is at the expected revision', async () => {
      const first = await put('k/1', 'one');
      expect(await store.write('k/1', bytes('two'), 0)).toEqual({ written: false, currentRevision: first });
      const second = await put('k/1', 'two', first);
      expect(await store.write('k/1', bytes('three'), first)).toEqual({ written: false, currentRevision: second });
      expect(await store.write('none', bytes('x'), 7)).toEqual({ written: false, currentRevision: 0 });
      expect(text((await store.get('k/1'))?.value)).toBe('two');
    });

    test('lets one of many writers at the same revision win', async () => {
      const first = await put('k/1', '0');
      const outcomes = await Promise.all(
        Array.from({ length: 20 }, (_, index) => store.write('k/1', bytes(String(index)), first)),
      );
      expect(outcomes.filter((outcome) => outcome.written)).toHaveLength(1);
    });

    test('removes a key, under a revision, and lets it be made anew', async () => {
      const first = await put('k/1', 'one');
      const removed = revisionOf(await store.write('k/1', undefined, first));
      expect(removed).toBeGreaterThan(first);
      expect(await store.get('k/1')).toBeUndefined();
      expect(await put('k/1', 'again')).toBeGreaterThan(removed);
    });

    test('lists the keys with a prefix in order', async () => {
      for (const key of ['p/b', 'p/a', 'q/a', 'p/a/1', 'pp/a']) await put(key, key);
      const list = await store.list('p/');
      expect(list.entries.map((entry) => entry.key)).toEqual(['p/a', 'p/a/1', 'p/b']);
      expect(list.entries.map((entry) => text(entry.value))).toEqual(['p/a', 'p/a/1', 'p/b']);
      expect((await store.list('')).entries).toHaveLength(5);
    });

    test('shows every write that resolved', async () => {
      await Promise.all(Array.from({ length: 100 }, (_, index) => put(`k/${index}`, String(index))));
      const list = await store.list('k/');
      expect(list.entries).toHaveLength(100);
      expect(list.revision).toBe(store.revision);
    });

    test('continues a list by a watch that misses nothing and repeats nothing', async () => {
      const writes: Promise<number>[] = [];
      for (let index = 0; index < 50; index++) writes.push(put(`k/${String(index).padStart(3, '0')}`, 'x'));
      const list = await store.list('k/');
      const recorder = new Recorder();
      store.watch('k/', list.revision, recorder);
      for (let index = 50; index < 100; index++) writes.push(put(`k/${String(index).padStart(3, '0')}`, 'x'));
      await Promise.all(writes);
      const seen = [...list.entries.map((entry) => entry.key), ...recorder.changes.map((change) => change.key)];
      expect(recorder.revisions).toEqual([...recorder.revisions].sort((a, b) => a - b));
      expect(seen.sort()).toEqual(Array.from({ length: 100 }, (_, index) => `k/${String(index).padStart(3, '0')}`));
    });

    test('tells each change after a revision once and in order', async () => {
      const start = await put('k/1', 'a');
      const early = new Recorder();
      store.watch('k/', start, early);
      const second = await put('k/1', 'b', start);
      await put('other/1', 'x');
      const third = revisionOf(await store.write('k/1', undefined, second));
      const late = new Recorder();
      store.watch('k/', start, late);
      const fourth = await put('k/2', 'c');
      for (const recorder of [early, late]) {
        expect(recorder.revisions).toEqual([second, third, fourth]);
        expect(recorder.changes.map((change) => text(change.value))).toEqual(['b', undefined, 'c']);
        expect(recorder.isGone).toBe(false);
      }
    });

    test('tells watchers before the writer hears of it, with the very bytes that were written', async () => {
      const recorder = new Recorder();
      store.watch('', store.revision, recorder);
      const value = bytes('mine');
      const revision = revisionOf(await store.write('k/1', value, 0));
      expect(recorder.revisions).toEqual([revision]);
      expect(recorder.changes[0]?.value).toBe(value);
    });

    test('tells nothing of writes that did not happen', async () => {
      await put('k/1', 'a');
      const recorder = new Recorder();
      store.watch('', store.revision, recorder);
      await store.write('k/1', bytes('b'), 0);
      expect(recorder.changes).toEqual([]);
    });

    test('says gone for a revision that was compacted and for one that is not yet', async () => {
      const first = await put('k/1', 'a');
      const second = await put('k/1', 'b', first);
      store.compact(second);
      for (const revision of [first, second + 1]) {
        const recorder = new Recorder();
        store.watch('', revision, recorder);
        expect(recorder.isGone).toBe(true);
      }
      const recorder = new Recorder();
      store.watch('', second, recorder);
      expect(recorder.isGone).toBe(false);
    });

    test('tells nothing after a watch was ended', async () => {
      const recorder = new Recorder();
      const end = store.watch('', store.revision, recorder);
      end();
      end();
      await put('k/1', 'a');
      expect(recorder.changes).toEqual([]);
    });

    test('refuses a value that is too large and keeps working', async () => {
      await expect(store.write('k/1', Buffer.alloc(5 * 1024 * 1024), 0)).rejects.toMatchObject({
        code: 'VALUE_TOO_LARGE',
      });
      await put('k/1', 'small');
    });

    test('tells watchers that it is over and refuses writes when it is stopped', async () => {
      const recorder = new Recorder();
      store.watch('', store.revision, recorder);
      await subject.close(store);
      expect(recorder.isGone).toBe(true);
      await expect(store.write('k/1', bytes('x'), 0)).rejects.toMatchObject({ code: 'STORE_CLOSED' });
    });
  });
}
