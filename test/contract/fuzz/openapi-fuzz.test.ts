import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { mustRun, runProgram } from '../../support/run-program.ts';
import { FuzzedPlane } from './fuzzed-plane.ts';
import { publishedFailures } from './published-failures.ts';

/** Of one document. More by `VIGIL_FUZZ_SECONDS`, for whoever has the time. */
const SECONDS = Number(process.env['VIGIL_FUZZ_SECONDS'] ?? 3);
/** Other requests come of another seed. */
const SEED = process.env['VIGIL_FUZZ_SEED'] ?? '1';
/** What the server may keep of requests that were refused or are over, beside what was stored of them. */
const MAX_GROWTH_BYTES = 256 * 1024 * 1024;
const INSTALL_TIMEOUT_MS = 600_000;
/** Between the end of the time and the last answer. */
const SLACK_MS = 120_000;

const here = import.meta.dirname;
const home = join(here, 'target/python');
const requirements = join(here, 'requirements.txt');

const documents = [
  'api/v1',
  ...[
    'admissionregistration.k8s.io/v1',
    'apiextensions.k8s.io/v1',
    'apiregistration.k8s.io/v1',
    'apps/v1',
    'authentication.k8s.io/v1',
    'authorization.k8s.io/v1',
    'autoscaling/v1',
    'autoscaling/v2',
    'batch/v1',
    'certificates.k8s.io/v1',
    'coordination.k8s.io/v1',
    'discovery.k8s.io/v1',
    'events.k8s.io/v1',
    'flowcontrol.apiserver.k8s.io/v1',
    'networking.k8s.io/v1',
    'node.k8s.io/v1',
    'policy/v1',
    'rbac.authorization.k8s.io/v1',
    'resource.k8s.io/v1',
    'scheduling.k8s.io/v1',
    'storage.k8s.io/v1',
    // A kind of its own, by `gadget.ts`.
    'fuzz.example.com/v1',
  ].map((version) => `apis/${version}`),
];

let plane: FuzzedPlane;
let schemathesis: string;
/** File that tells the hooks what is where. */
let target: string;
/** Requests so far. On a busy machine there may be none of one document. */
let sent = 0;

/** Path of schemathesis at the versions of `requirements.txt`. */
async function install(): Promise<string> {
  const program = join(home, 'bin/schemathesis');
  const installed = join(home, 'installed.txt');
  const wanted = await readFile(requirements, 'utf8');
  const isThere = await stat(installed).then(
    () => true,
    () => false,
  );
  if (isThere && (await readFile(installed, 'utf8')) === wanted) return program;
  await rm(home, { recursive: true, force: true });
  await mkdir(home, { recursive: true });
  const options = { timeoutMs: INSTALL_TIMEOUT_MS };
  await mustRun('python3', ['-m', 'venv', home], options);
  await mustRun(join(home, 'bin/python'), ['-m', 'pip', 'install', '--quiet', '-r', requirements], options);
  await writeFile(installed, wanted);
  return program;
}

/** What the hooks need to know: where the server is, what is in it, and which failures are none. */
async function writeTarget(): Promise<string> {
  const { dir, url } = plane.process;
  const file = join(dir, 'fuzzed.json');
  const [ca, cert, key] = ['pki/ca.crt', 'admin.crt', 'admin.key'].map((name) => join(dir, name));
  const published = publishedFailures.map(([status, message]) => [status, message.source]);
  const objects = Object.fromEntries(plane.objects);
  await writeFile(file, JSON.stringify({ server: url, ca, cert, key, objects, published }));
  return file;
}

async function residentBytes(): Promise<number> {
  const status = await readFile(`/proc/${plane.process.pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) * 1024;
}

beforeAll(async () => {
  schemathesis = await install();
  plane = await FuzzedPlane.start();
  target = await writeTarget();
}, INSTALL_TIMEOUT_MS);
afterAll(() => plane?.stop());

test.each(documents)(
  'no request that follows the document %s, or nearly does, is a failure of the server',
  async (document) => {
    const { api, process: server } = plane;
    const before = await residentBytes();
    const saidBefore = server.output.length;
    // The paths that are left out lead away from the server: to agents, pods and Services, of which there are none.
    const options = {
      url: server.url,
      'tls-verify': join(server.dir, 'pki/ca.crt'),
      'request-cert': join(server.dir, 'admin.crt'),
      'request-cert-key': join(server.dir, 'admin.key'),
      checks: 'not_a_server_error',
      phases: 'fuzzing',
      'max-time': String(SECONDS),
      seed: SEED,
      'max-examples': '2',
      'request-timeout': '30',
      'exclude-path-regex': '/(proxy|exec|attach|portforward|log)(/|$)|/watch/',
      'suppress-health-check': 'all',
      'generation-database': 'none',
    };
    const args = [
      '--no-color',
      'run',
      `${server.url}/openapi/v3/${document}`,
      '--no-shrink',
      '--continue-on-failure',
      ...Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]),
    ];
    const result = await runProgram(schemathesis, args, {
      env: {
        SCHEMATHESIS_HOOKS: 'fuzz_hooks',
        VIGIL_FUZZ_TARGET: target,
        PYTHONPATH: here,
        PYTHONDONTWRITEBYTECODE: '1',
      },
      cwd: server.dir,
      timeoutMs: SECONDS * 1000 + SLACK_MS,
    });
    expect(result.code, result.stdout + result.stderr).toBe(0);
    sent += Number(/(\d+) generated/.exec(result.stdout)?.[1] ?? 0);

    expect((await residentBytes()) - before).toBeLessThan(MAX_GROWTH_BYTES);
    expect((await api.send('GET', '/readyz')).status).toBe(200);
    const { metadata } = await api.post('/api/v1/namespaces/default/configmaps', {
      metadata: { generateName: 'after-' },
    });
    expect((await api.get(`/api/v1/namespaces/default/configmaps/${metadata.name}`)).metadata.uid).toBe(metadata.uid);
    expect(server.output.slice(saidBefore)).not.toContain('failed inside the server');
  },
  SECONDS * 1000 + SLACK_MS * 1.5,
);

test('there were requests', () => expect(sent).toBeGreaterThan(documents.length));
