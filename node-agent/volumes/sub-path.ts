import { chmod, mkdir, realpath, stat } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { VigilError } from '../../lib/errors.ts';

/**
 * The real path of `subPath` in a volume, made as a folder when missing. Links that lead out of the volume are refused: what lies there is not the pod's. Where nothing
 * can be made (`isFixed`) it has to be there: `SUB_PATH_MISSING`.
 */
export async function resolveSubPath(volumePath: string, subPath: string, isFixed = false): Promise<string> {
  if (subPath.startsWith('/') || subPath.split('/').includes('..')) {
    throw invalid(`subPath ${JSON.stringify(subPath)} must be relative and without '..'`);
  }
  const root = await realpath(volumePath);
  const wanted = join(root, subPath);
  const existing = await deepestExisting(root, wanted);
  if (!isWithin(root, await realpath(existing)))
    throw invalid(`subPath ${JSON.stringify(subPath)} leads out of the volume`);
  if (existing !== wanted && isFixed) {
    throw new VigilError('SUB_PATH_MISSING', 'terminal', `subPath ${JSON.stringify(subPath)} is not in the volume`);
  }
  if (existing !== wanted) await makeFolders(existing, wanted, (await stat(root)).mode & 0o7777);
  const resolved = await realpath(wanted);
  if (!isWithin(root, resolved)) throw invalid(`subPath ${JSON.stringify(subPath)} leads out of the volume`);
  return resolved;
}

/** As open as the volume itself: whoever may write there may write here. */
async function makeFolders(existing: string, wanted: string, mode: number): Promise<void> {
  await mkdir(wanted, { recursive: true });
  for (let path = wanted; path !== existing; path = dirname(path)) await chmod(path, mode);
}

async function deepestExisting(root: string, wanted: string): Promise<string> {
  let path = wanted;
  while (path !== root && !(await stat(path).catch(() => undefined))) path = dirname(path);
  return path;
}

function isWithin(root: string, path: string): boolean {
  return path === root || path.startsWith(root + sep);
}

function invalid(message: string): VigilError {
  return new VigilError('CONTAINER_CONFIG_INVALID', 'invalid', message);
}
