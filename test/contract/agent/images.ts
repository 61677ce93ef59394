import { execFileSync, spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mustRun } from '../../support/run-program.ts';

/** A shell with the usual small programs. */
export const busyboxImage = 'vigil-agent-test/busybox:1';
/** Does nothing for ever. */
export const pauseImage = 'vigil-agent-test/pause:1';

/** Makes both images from the machine's static busybox, once. */
export async function ensureImages(): Promise<void> {
  await ensureImage(busyboxImage, ['CMD ["sh"]']);
  await ensureImage(pauseImage, [
    'ENTRYPOINT ["/bin/sh", "-c", "trap \'exit 0\' TERM INT; while :; do sleep 2147483647 & wait; done"]',
  ]);
}

async function ensureImage(image: string, changes: readonly string[]): Promise<void> {
  if ((await mustRun('docker', ['images', '-q', image])).trim() !== '') return;
  const root = mkdtempSync(join(tmpdir(), 'vigil-agent-image-'));
  try {
    for (const folder of ['bin', 'tmp', 'etc', 'proc', 'sys', 'dev', 'www']) mkdirSync(join(root, folder));
    const busybox = join(root, 'bin/busybox');
    cpSync(execFileSync('which', ['busybox']).toString().trim(), busybox, { dereference: true });
    for (const applet of execFileSync(busybox, ['--list']).toString().split('\n')) {
      if (applet !== '' && applet !== 'busybox') symlinkSync('busybox', join(root, 'bin', applet));
    }
    const tar = spawn('tar', ['-C', root, '-c', '.'], { stdio: ['ignore', 'pipe', 'inherit'] });
    const options = ['ENV PATH=/bin', ...changes].flatMap((change) => ['-c', change]);
    const load = spawn('docker', ['import', ...options, '-', image], { stdio: [tar.stdout, 'ignore', 'inherit'] });
    await new Promise<void>((resolve, reject) => {
      load.on('error', reject);
      load.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`docker import ended with ${code}`))));
    });
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}
