import { spawnSync } from 'node:child_process';

/** What `iptables-save` printed, without everything that an engine makes: its chains, jumps to them, and rules about its default bridge. */
export function withoutDockerRules(saved: string): string {
  return saved
    .split('\n')
    .filter((line) => !/\bDOCKER(?:-[A-Z0-9-]+)?\b|\bdocker0\b/.test(line))
    .join('\n');
}

/** Removes what an engine left in the packet filter and its default bridge. Only for an engine that nobody else uses. */
export function removeDockerRules(): void {
  const saved = spawnSync('iptables-save', { encoding: 'utf8' });
  if (saved.status === 0) spawnSync('iptables-restore', { input: withoutDockerRules(saved.stdout) });
  spawnSync('ip', ['link', 'delete', 'docker0']);
}
