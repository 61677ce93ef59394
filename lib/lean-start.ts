import { flushCompileCache, getCompileCacheDir } from 'node:module';

/** Set for the second start, so that there is never a third. */
const mark = 'VIGIL_STARTED_LEAN';

/** What Node loads to take the types out of a file: a WebAssembly program that stays in memory. */
const typeStripper = 'NativeModule internal/deps/amaro/dist/index';

/**
 * Saves a server the 20 MB of the program that takes types out of TypeScript. Called when everything is imported and nothing is started: if that needed the
 * program, because the compile cache (NODE_COMPILE_CACHE) was empty or of an older source, the cache is written and the process replaced by itself, with the same
 * id, arguments and open files. Then all source comes from the cache. `later` are modules that are loaded in other threads.
 *
 * Returns when there is no cache, when nothing needed the program, and where a process cannot replace itself.
 */
export async function startLean(later: readonly URL[] = []): Promise<void> {
  const { moduleLoadList } = process as { readonly moduleLoadList?: readonly string[] };
  const isCold = moduleLoadList?.includes(typeStripper) ?? false;
  if (!isCold || process.env[mark] !== undefined || process.execve === undefined) return;
  if (getCompileCacheDir() === undefined) return;
  // They are for another thread and may refuse to run in this one: what counts is that they are in the cache.
  for (const url of later) await import(url.href).catch(() => undefined);
  flushCompileCache();
  const args = [process.execPath, ...process.execArgv, ...process.argv.slice(1)];
  try {
    process.execve(process.execPath, args, { ...process.env, [mark]: '1' });
  } catch {
    // Windows and some sandboxes: it runs as well, only larger.
  }
}
