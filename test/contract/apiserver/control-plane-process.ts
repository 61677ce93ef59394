import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ControlPlaneConfig } from '../../../lib/config/control-plane.ts';
import { frontProxyName } from '../../../lib/names.ts';
import {
  createCa,
  createSigningKey,
  issueCertificate,
  writeKeyPair,
  writePrivateFile,
  type KeyPair,
} from '../../../lib/pki.ts';
import { freePort } from '../../servers/search-server.ts';

const main = join(import.meta.dirname, '../../../control-plane/main.ts');
/** Long, as busy machines are. */
const START_TIMEOUT_MS = 120_000;

export interface Identity {
  readonly cert: string;
  readonly key: string;
}

/** A control plane as a process of its own, with a PKI made for it, on a free port of the loopback address. */
export class ControlPlaneProcess {
  readonly dir: string;
  readonly ca: KeyPair;
  readonly #config: ControlPlaneConfig;
  #child: ChildProcess | undefined;
  #port = 0;
  #output = '';

  private constructor(dir: string, ca: KeyPair, config: ControlPlaneConfig) {
    this.dir = dir;
    this.ca = ca;
    this.#config = config;
  }

  static async create(
    engine:
      | 'memory'
      | 'sqlite'
      | { readonly engine: 'etcd'; readonly endpoints: readonly string[]; readonly prefix: string },
    overrides: Partial<ControlPlaneConfig> = {},
  ): Promise<ControlPlaneProcess> {
    const dir = await mkdtemp(join(tmpdir(), 'vigil-control-plane-'));
    const nowMs = Date.now();
    const ca = await createCa('test-ca', nowMs);
    const file = (name: string) => join(dir, 'pki', name);
    await writePrivateFile(file('ca.crt'), ca.cert);
    await writePrivateFile(file('ca.key'), ca.key);
    const serving = await issueCertificate(ca, {
      commonName: 'kube-apiserver',
      ipAddresses: ['127.0.0.1'],
      usages: ['server'],
      nowMs,
    });
    await writeKeyPair(serving, file('serving.crt'), file('serving.key'));
    const agent = await issueCertificate(ca, {
      commonName: 'kube-apiserver-kubelet-client',
      organizations: ['system:masters'],
      usages: ['client'],
      nowMs,
    });
    await writeKeyPair(agent, file('agent-client.crt'), file('agent-client.key'));
    const frontProxyCa = await createCa('test-front-proxy-ca', nowMs);
    await writePrivateFile(file('front-proxy-ca.crt'), frontProxyCa.cert);
    const frontProxy = await issueCertificate(frontProxyCa, { commonName: frontProxyName, usages: ['client'], nowMs });
    await writeKeyPair(frontProxy, file('front-proxy-client.crt'), file('front-proxy-client.key'));
    await writePrivateFile(file('service-account.key'), await createSigningKey());
    const config: ControlPlaneConfig = {
      clusterName: 'test',
      listen: ['127.0.0.1'],
      // Nobody else's while it is down between two starts.
      port: await freePort(),
      advertiseURL: 'https://127.0.0.1',
      store: engine === 'sqlite' ? { engine, path: join(dir, 'store.db') } : engine === 'memory' ? { engine } : engine,
      pki: {
        caCert: file('ca.crt'),
        caKey: file('ca.key'),
        servingCert: file('serving.crt'),
        servingKey: file('serving.key'),
        agentClientCert: file('agent-client.crt'),
        agentClientKey: file('agent-client.key'),
        frontProxy: {
          caCert: file('front-proxy-ca.crt'),
          clientCert: file('front-proxy-client.crt'),
          clientKey: file('front-proxy-client.key'),
        },
        serviceAccountKey: file('service-account.key'),
      },
      podSubnet: '10.244.0.0/16',
      serviceSubnet: '10.96.0.0/16',
      kubernetesServiceIP: '10.96.0.1',
      recordsDir: join(dir, 'records'),
      logStore: { kind: 'none' },
      profile: 'vigil',
      ...overrides,
    };
    await writeFile(join(dir, 'config.json'), JSON.stringify(config));
    const process = new ControlPlaneProcess(dir, ca, config);
    await process.writeKubeconfig('admin', ['system:masters']);
    return process;
  }

  get url(): string {
    return `https://127.0.0.1:${this.#port}`;
  }

  get port(): number {
    return this.#port;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** What the process has said so far. */
  get output(): string {
    return this.#output;
  }

  get kubeconfig(): string {
    return join(this.dir, 'admin.kubeconfig');
  }

  /** Starts the process and waits until it serves; a second start keeps the port. */
  async start(): Promise<void> {
    if (this.#port !== 0)
      await writeFile(join(this.dir, 'config.json'), JSON.stringify({ ...this.#config, port: this.#port }));
    const child = spawn(process.execPath, [main, '--config', join(this.dir, 'config.json')], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.#child = child;
    this.#port = await new Promise<number>((resolve, reject) => {
      const timeout = setTimeout(
        () => reject(new Error(`the control plane did not start:\n${this.#output}`)),
        START_TIMEOUT_MS,
      );
      child.stderr?.setEncoding('utf8').on('data', (text: string) => {
        this.#output += text;
        const match = /"port":(\d+),"msg":"the control plane serves"/.exec(this.#output);
        if (match) {
          clearTimeout(timeout);
          resolve(Number(match[1]));
        }
      });
      // All that it said has been read then.
      child.once('close', (code) => {
        clearTimeout(timeout);
        reject(new Error(`the control plane ended with ${code}:\n${this.#output}`));
      });
    });
    for (const name of this.#users) await this.#writeKubeconfigFile(name);
  }

  /** Ends the process; resolves when it is gone. */
  async kill(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise<void>((resolve) => child.once('close', () => resolve()));
    child.kill(signal);
    await gone;
    this.#output = '';
  }

  async remove(): Promise<void> {
    await this.kill('SIGKILL');
    await rm(this.dir, { recursive: true, force: true });
  }

  readonly #users = new Set<string>();

  /** A client certificate of that name, in a kubeconfig of that name. Returns its path. */
  async writeKubeconfig(user: string, groups: readonly string[]): Promise<string> {
    const pair = await issueCertificate(this.ca, {
      commonName: user,
      organizations: groups,
      usages: ['client'],
      nowMs: Date.now(),
    });
    const base = join(this.dir, user.replaceAll(':', '_'));
    await writeKeyPair(pair, `${base}.crt`, `${base}.key`);
    this.#users.add(user);
    return this.#writeKubeconfigFile(user);
  }

  async identity(user: string): Promise<Identity> {
    const base = join(this.dir, user.replaceAll(':', '_'));
    const [cert, key] = await Promise.all([readFile(`${base}.crt`, 'utf8'), readFile(`${base}.key`, 'utf8')]);
    return { cert, key };
  }

  async #writeKubeconfigFile(user: string): Promise<string> {
    const base = join(this.dir, user.replaceAll(':', '_'));
    const path = `${base}.kubeconfig`;
    const text = JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'test',
      clusters: [
        { name: 'test', cluster: { server: this.url, 'certificate-authority': join(this.dir, 'pki/ca.crt') } },
      ],
      contexts: [{ name: 'test', context: { cluster: 'test', user } }],
      users: [{ name: user, user: { 'client-certificate': `${base}.crt`, 'client-key': `${base}.key` } }],
    });
    await writeFile(path, text, { mode: 0o600 });
    return path;
  }
}
