import { execFile, execFileSync, spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** What these tests make is named after the test's process, so that several runs can share an engine. */
export const prefix = `agentnet-${process.pid}`;
const image = 'agentnet-busybox:test';
export const dockerHost = process.env['DOCKER_HOST'] ?? 'unix:///var/run/docker.sock';

const applets = ['sh', 'cat', 'sleep', 'nc', 'wget', 'httpd', 'nslookup', 'ip', 'tar', 'stty', 'echo', 'head', 'ls'];

/** Output of a command that must succeed. */
export async function output(command: string, ...args: readonly string[]): Promise<string> {
  const { stdout } = await run(command, [...args], { maxBuffer: 64 * 1024 * 1024 });
  return stdout;
}

/** Makes the image from the machine's static busybox, once. */
export async function ensureImage(): Promise<void> {
  if ((await output('docker', 'images', '-q', image)).trim() !== '') return;
  const root = mkdtempSync(join(tmpdir(), 'agentnet-image-'));
  try {
    for (const folder of ['bin', 'tmp', 'etc', 'proc', 'sys', 'dev']) mkdirSync(join(root, folder));
    cpSync(execFileSync('which', ['busybox']).toString().trim(), join(root, 'bin/busybox'), { dereference: true });
    for (const applet of applets) symlinkSync('busybox', join(root, 'bin', applet));
    const tar = spawn('tar', ['-C', root, '-c', '.'], { stdio: ['ignore', 'pipe', 'inherit'] });
    const load = spawn('docker', ['import', '-', image], { stdio: [tar.stdout, 'ignore', 'inherit'] });
    await new Promise<void>((resolve, reject) => {
      load.on('error', reject);
      load.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`docker import ended with ${code}`))));
    });
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/** Starts a container and resolves with its ID. */
export async function startContainer(
  name: string,
  options: readonly string[],
  command: readonly string[],
): Promise<string> {
  const id = await output('docker', 'run', '-d', '--name', `${prefix}-${name}`, ...options, image, ...command);
  return id.trim();
}

export async function removeContainers(): Promise<void> {
  const ids = (await output('docker', 'ps', '-aq', '--filter', `name=^${prefix}-`)).split('\n').filter(Boolean);
  if (ids.length > 0) await output('docker', 'rm', '-f', ...ids);
}
