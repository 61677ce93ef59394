import { flushCompileCache, getCompileCacheDir } from 'node:module';

/** Set for the second start, so that there is never a third. */
const mark = 'VIGIL_STARTED_LEAN';

/** What Node loads to take the types out of a file: a WebAssembly program that stays in memory. */
const typeStripper = 'NativeModule internal/deps/amaro/dist/index';

/**
 * Saves a server the 20 MB of the program that takes types out of TypeScript. Called when everything is imported and nothing is started: if that needed the
 * program, because the compile cache (NODE_COMPILE_CACHE) was empty or of an older source, the cache is written and the process replaced by itself, with the same
 * id, arguments and open files. Then all source comes from the cache. `threads` are the modules that threads begin with: a thread compiles them beforehand,
 * since Node keeps a cache of its own for threads. Such a module must end with an error when it is given no `workerData`.
 *
 * Returns when there is no cache, when nothing needed the program, and where a process cannot replace itself.
 */
export async function startLean(threads: readonly URL[] = []): Promise<void> {
  const { moduleLoadList } = process as { readonly moduleLoadList?: readonly string[] };
  const isCold = moduleLoadList?.includes(typeStripper) ?? false;
  if (!isCold || process.env[mark] !== undefined || process.execve === undefined) return;
  if (getCompileCacheDir() === undefined) return;
  for (const url of threads) await compiledByThread(url);
  flushCompileCache();
  const args = [process.execPath, ...process.execArgv, ...process.argv.slice(1)];
  try {
    process.execve(process.execPath, args, { ...process.env, [mark]: '1' });
  } catch {
    // Windows and some sandboxes: it runs as well, only larger.
  }
}

/** Starts a thread without work and waits for its end; it writes its cache then. */
function compiledByThread(url: URL): Promise<void> {
  const { Worker } = process.getBuiltinModule('node:worker_threads');
  return new Promise((resolve) => {
    const thread = new Worker(url, { stderr: true });
    thread.on('error', () => undefined);
    thread.on('exit', () => resolve());
  });
}
