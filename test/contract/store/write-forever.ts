import { SqliteStore } from '../../../control-plane/store/sqlite-store.ts';

/** Many writers at once, for ever: the process is meant to be killed. Says each key once its write is acknowledged. */
const WRITERS = 16;
const [path = '', prefix = ''] = process.argv.slice(2);
const store = new SqliteStore(path);
await store.start();

async function write(writer: number): Promise<never> {
  for (let count = 0; ; count++) {
    const key = `${prefix}/${writer}-${count}`;
    await store.write(key, Buffer.from(`value of ${key}`), 0);
    process.stdout.write(`${key}\n`);
  }
}

await Promise.all(Array.from({ length: WRITERS }, (_, writer) => write(writer)));
