import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { formatKubeconfig, kubeconfigPaths, loadKubeconfig } from './kubeconfig.ts';

let dir = '';
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'kubeconfig-'));
});
afterEach(() => rm(dir, { recursive: true }));

async function file(name: string, text: string): Promise<string> {
  const path = join(dir, name);
  await writeFile(path, text);
  return path;
}

const context = {
  name: 'vigil-dev',
  server: 'https://127.0.0.1:6443',
  namespace: 'default',
  ca: 'CA PEM',
  cert: 'CERT PEM',
  key: 'KEY PEM',
};

describe('kubeconfigs', () => {
  it('are read as they were written', async () => {
    const path = await file('config', formatKubeconfig(context));
    expect(await loadKubeconfig([path])).toMatchObject(context);
  });

  it('may name files relative to themselves', async () => {
    await file('ca.crt', 'CA');
    await file('token', 'secret\n');
    const path = await file(
      'config',
      `
current-context: x
clusters: [{name: c, cluster: {server: 'https://h:1', certificate-authority: ca.crt}}]
users: [{name: u, user: {tokenFile: token}}]
contexts: [{name: x, context: {cluster: c, user: u, namespace: n}}]
`,
    );
    expect(await loadKubeconfig([path])).toMatchObject({
      server: 'https://h:1',
      namespace: 'n',
      ca: 'CA',
      token: 'secret',
    });
  });

  it('are merged, the first that has a name winning and missing files passed over', async () => {
    const first = await file('first', formatKubeconfig({ ...context, server: 'https://first:1' }));
    const second = await file('second', formatKubeconfig({ ...context, name: 'other', server: 'https://second:1' }));
    const paths = [join(dir, 'none'), first, second];
    expect((await loadKubeconfig(paths)).server).toBe('https://first:1');
    expect((await loadKubeconfig(paths, 'other')).server).toBe('https://second:1');
  });

  it.each([
    [': not yaml: [', 'is not YAML'],
    ['[]', 'is not a kubeconfig'],
    ['{}', 'has no current-context'],
    ['current-context: x', 'has no context "x"'],
    ['current-context: x\ncontexts: [{name: x, context: {cluster: c}}]', 'has no cluster "c"'],
  ])('say what is wrong with %j', async (text, message) => {
    const path = await file('config', text);
    await expect(loadKubeconfig([path])).rejects.toThrow(message);
  });

  it('are looked for where KUBECONFIG says', () => {
    expect(kubeconfigPaths({ KUBECONFIG: '/a:/b' })).toEqual(['/a', '/b']);
    expect(kubeconfigPaths({})[0]).toMatch(/\.kube\/config$/);
  });
});
