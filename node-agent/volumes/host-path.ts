import { mkdir, open, stat } from 'node:fs/promises';
import type { Stats } from 'node:fs';
import { VigilError } from '../../lib/errors.ts';
import type { Volume } from '../../lib/kube/types.ts';

/** Checks or makes what a hostPath volume names, by its type. Throws `VOLUME_NOT_READY` in upstream's words. */
export async function prepareHostPath(hostPath: NonNullable<Volume['hostPath']>): Promise<string> {
  const { path, type } = hostPath;
  if (!path.startsWith('/') || path.split('/').includes('..')) {
    throw new VigilError('VOLUME_NOT_READY', 'invalid', `hostPath ${path} must be absolute and without '..'`);
  }
  const info = await stat(path).catch(() => undefined);
  switch (type ?? '') {
    case '':
      // The engine bind-mounts only what exists; a missing folder is made, as Docker itself did for the kubelet.
      if (!info) await mkdir(path, { recursive: true, mode: 0o755 });
      break;
    case 'DirectoryOrCreate':
      if (!info) await mkdir(path, { recursive: true, mode: 0o755 });
      else expectKind(path, info, 'directory');
      break;
    case 'FileOrCreate':
      if (!info) await (await open(path, 'a', 0o644)).close();
      else expectKind(path, info, 'file');
      break;
    case 'Directory':
      expectKind(path, info, 'directory');
      break;
    case 'File':
      expectKind(path, info, 'file');
      break;
    case 'Socket':
      expectKind(path, info, 'socket');
      break;
    case 'CharDevice':
      expectKind(path, info, 'character device');
      break;
    case 'BlockDevice':
      expectKind(path, info, 'block device');
      break;
    default:
      throw new VigilError('VOLUME_NOT_READY', 'invalid', `hostPath type ${type ?? ''} is not known`);
  }
  return path;
}

type Kind = 'directory' | 'file' | 'socket' | 'character device' | 'block device';

const checks: Readonly<Record<Kind, (info: Stats) => boolean>> = {
  directory: (info) => info.isDirectory(),
  file: (info) => info.isFile(),
  socket: (info) => info.isSocket(),
  'character device': (info) => info.isCharacterDevice(),
  'block device': (info) => info.isBlockDevice(),
};

function expectKind(path: string, info: Stats | undefined, kind: Kind): void {
  if (info && checks[kind](info)) return;
  throw new VigilError('VOLUME_NOT_READY', 'transient', `hostPath type check failed: ${path} is not a ${kind}`);
}
