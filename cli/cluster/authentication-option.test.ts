import { expect, test } from 'vitest';
import { parseVerbArguments } from '../command.ts';
import { authenticationOption } from './authentication-option.ts';
import { clusterHome } from './cluster-home.ts';
import { newRecord } from './cluster-plan.ts';
import { controlPlaneConfig } from './process-configs.ts';
import { repositoryRoot } from './repository.ts';
import { up } from './up.ts';

const optionOf = (...args: readonly string[]) => authenticationOption(parseVerbArguments(up, args), repositoryRoot);

test('the file is named from where kctl was called, and must be there', () => {
  expect(optionOf()).toBeUndefined();
  expect(optionOf('--authentication-config', 'package.json')).toBe(`${repositoryRoot}/package.json`);
  expect(() => optionOf('--authentication-config', 'nowhere.yaml')).toThrow(
    `--authentication-config ${repositoryRoot}/nowhere.yaml: there is no such file`,
  );
});

test('the control plane of the cluster reads it', () => {
  const found = {
    podSubnet: '10.244.0.0/16',
    serviceSubnet: '10.96.0.0/16',
    port: 6443,
    shipperMetricsPort: 9600,
    dockerHost: 'unix:///var/run/docker.sock',
    createdAt: '2026-01-01T00:00:00Z',
  };
  const home = clusterHome('/var/vigil', 'demo');
  const configOf = (authenticationConfig?: string) =>
    controlPlaneConfig('/repo', home, newRecord({ name: 'demo', authenticationConfig }, found, '/var/vigil'));
  expect(configOf('/etc/issuers.yaml').authenticationConfigFile).toBe('/etc/issuers.yaml');
  expect(configOf()).not.toHaveProperty('authenticationConfigFile');
});
