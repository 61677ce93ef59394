import { readFile } from 'node:fs/promises';
import type { NodeAgentConfig } from '../lib/config/node-agent.ts';
import { messageOf, VigilError } from '../lib/errors.ts';
import { namespaceOf } from './pods/sysctls.ts';

const required = [
  'clusterName',
  'nodeName',
  'nodeIP',
  'apiServer',
  'caCert',
  'cert',
  'key',
  'dockerHost',
  'podCIDR',
  'serviceSubnet',
  'nftTable',
  'clusterDomain',
  'stateDir',
  'sourcesDir',
  'recordsDir',
  'pauseImage',
] as const satisfies readonly (keyof NodeAgentConfig)[];

const optional = [
  'port',
  'network',
  'capacity',
  'profile',
  'crashLoopBackOff',
  'allowedUnsafeSysctls',
  'logRemoval',
  'shipperStatusFile',
  'logLevel',
] as const;

/** Reads and checks the agent's configuration. Unknown keys are refused: they are misspelt ones. */
export async function readConfig(path: string): Promise<NodeAgentConfig> {
  let value: unknown;
  try {
    value = JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    throw invalid(`${path}: ${messageOf(error)}`);
  }
  if (typeof value !== 'object' || value === null) throw invalid(`${path} holds no object`);
  const config = value as Record<string, unknown>;
  for (const key of required) {
    if (typeof config[key] !== 'string' || config[key] === '') throw invalid(`${path}: ${key} must be a text`);
  }
  for (const key of Object.keys(config)) {
    if (!(required as readonly string[]).includes(key) && !(optional as readonly string[]).includes(key)) {
      throw invalid(`${path}: unknown key ${key}`);
    }
  }
  if (!Number.isInteger(config['port'])) throw invalid(`${path}: port must be a whole number`);
  if (config['profile'] !== 'vigil' && config['profile'] !== 'kubernetes') {
    throw invalid(`${path}: profile must be vigil or kubernetes`);
  }
  const network = config['network'] as Record<string, unknown> | undefined;
  for (const key of ['name', 'bridge', 'subnet', 'gateway']) {
    if (typeof network?.[key] !== 'string') throw invalid(`${path}: network.${key} must be a text`);
  }
  checkLogRemoval(config['logRemoval'], path);
  checkSysctls(config['allowedUnsafeSysctls'], path);
  return value as NodeAgentConfig;
}

function checkLogRemoval(value: unknown, path: string): void {
  if (value === undefined) return;
  if (typeof value !== 'object' || value === null) throw invalid(`${path}: logRemoval holds no object`);
  for (const [key, number] of Object.entries(value)) {
    const most = { heldAfterSeconds: 86_400, removedAfterSeconds: 86_400, minFreePercent: 99 }[key];
    if (most === undefined) throw invalid(`${path}: unknown key logRemoval.${key}`);
    if (typeof number !== 'number' || !(number >= 0 && number <= most))
      throw invalid(`${path}: logRemoval.${key} must be a number from 0 to ${most}`);
  }
}

function checkSysctls(value: unknown, path: string): void {
  if (value === undefined) return;
  if (!Array.isArray(value)) throw invalid(`${path}: allowedUnsafeSysctls holds no list`);
  for (const pattern of value)
    if (typeof pattern !== 'string' || namespaceOf(pattern) === undefined)
      throw invalid(`${path}: allowedUnsafeSysctls: ${String(pattern)} is not known to belong to a namespace`);
}

function invalid(message: string): VigilError {
  return new VigilError('CONFIG_INVALID', 'invalid', message);
}
