import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '../support/eventually.ts';
import { freePort } from './search-server.ts';

/** A real etcd with one member, in a process of its own, with its data in a temporary folder. */
export interface EtcdServer {
  readonly url: string;
  /** Kills it without a word. Its data stays. */
  kill(): Promise<void>;
  start(): Promise<void>;
  /** Ends it and removes its data. */
  stop(): Promise<void>;
}

export async function startEtcd(): Promise<EtcdServer> {
  if (spawnSync('etcd', ['--version']).status !== 0)
    throw new Error('this test needs etcd: apt-get install etcd-server (npm test installs it)');
  const dir = mkdtempSync(join(tmpdir(), 'vigil-etcd-'));
  const [port, peerPort] = [await freePort(), await freePort()];
  const url = `http://127.0.0.1:${port}`;
  const peerUrl = `http://127.0.0.1:${peerPort}`;
  let end: (signal: NodeJS.Signals) => Promise<void> = () => Promise.resolve();
  const start = async () => {
    const child = spawn(
      'etcd',
      [
        '--name',
        'one',
        '--data-dir',
        join(dir, 'data'),
        '--log-level',
        'error',
        '--listen-client-urls',
        url,
        '--advertise-client-urls',
        url,
        '--listen-peer-urls',
        peerUrl,
        '--initial-advertise-peer-urls',
        peerUrl,
        '--initial-cluster',
        `one=${peerUrl}`,
      ],
      { stdio: 'ignore' },
    );
    const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    end = async (signal) => {
      child.kill(signal);
      await gone;
    };
    await eventually('etcd answers', async () => (await fetch(`${url}/health`)).ok);
  };
  await start();
  return {
    url,
    start,
    kill: () => end('SIGKILL'),
    stop: async () => {
      await end('SIGTERM');
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
