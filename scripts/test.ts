import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { answeringEngine } from './setup/engine.ts';
import { countsOf, sum, type TestCounts } from './test-counts.ts';

/**
 * Every test of the project: unit and contract tests side by side, then the end-to-end tests one file at a time, for they measure. Ends with the line
 * `N passed, N failed`, and with code 1 when anything failed.
 */
const rounds = [
  ['--project', 'unit', '--project', 'contract'],
  ['--project', 'e2e', '--passWithNoTests'],
] as const;

const root = join(import.meta.dirname, '..');

async function runRound(args: readonly string[], env: NodeJS.ProcessEnv): Promise<TestCounts> {
  const folder = mkdtempSync(join(tmpdir(), 'vigil-results-'));
  const results = join(folder, 'results.json');
  try {
    const vitest = join(root, 'node_modules/vitest/vitest.mjs');
    const options = ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${results}`, ...args];
    const code = await new Promise<number>((done, failed) => {
      const child = spawn(process.execPath, [vitest, ...options], { cwd: root, env, stdio: 'inherit' });
      child.once('error', failed);
      child.once('exit', (exitCode) => done(exitCode ?? 1));
    });
    return countsOf(readResults(results), code);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function readResults(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}

const home = resolve(process.env['VIGIL_HOME'] ?? join(process.env['HOME'] ?? '/root', '.vigil'));
// Tests have homes of their own: the engine that the set-up found or started is handed on.
const dockerHost = await answeringEngine(process.env, home);
const env = { ...process.env, ...(dockerHost ? { DOCKER_HOST: dockerHost } : {}) };

const counts: TestCounts[] = [];
for (const round of rounds) counts.push(await runRound([...round, ...process.argv.slice(2)], env));
const { passed, failed } = sum(counts);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
