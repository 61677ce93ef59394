import type { LogShipperConfig } from '../lib/config/log-shipper.ts';
import { VigilError } from '../lib/errors.ts';

const known = new Set(['clusterName', 'sourcesDirs', 'recordsDirs', 'stateDir', 'output', 'metricsPort', 'logLevel']);
const knownOutput = new Set([
  'kind',
  'url',
  'serverName',
  'caCert',
  'clientCert',
  'clientKey',
  'apiKeyFile',
  'username',
  'passwordFile',
]);

/** Parses and checks a configuration file. Throws an error that names the field. */
export function parseShipperConfig(text: string): LogShipperConfig {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    throw invalid(`the file is not JSON: ${(cause as Error).message}`);
  }
  const config = objectOf(parsed, 'the configuration', known);
  string(config['clusterName'], 'clusterName');
  string(config['stateDir'], 'stateDir');
  for (const name of ['sourcesDirs', 'recordsDirs'] as const) {
    const list = config[name];
    if (!Array.isArray(list) || !list.every((item) => typeof item === 'string'))
      throw invalid(`${name} is not a list of folders`);
  }
  const output = objectOf(config['output'], 'output', knownOutput);
  if (output['kind'] !== 'elasticsearch' && output['kind'] !== 'opensearch')
    throw invalid('output.kind is neither elasticsearch nor opensearch');
  string(output['url'], 'output.url');
  if (!URL.canParse(String(output['url'])) || !/^https?:/.test(String(output['url'])))
    throw invalid('output.url is not an http or https URL');
  for (const [name, value] of Object.entries(output)) if (value !== undefined) string(value, `output.${name}`);
  const port = config['metricsPort'];
  if (port !== undefined && !(Number.isInteger(port) && Number(port) >= 0 && Number(port) < 65_536))
    throw invalid('metricsPort is not a port');
  return parsed as LogShipperConfig;
}

function objectOf(value: unknown, name: string, keys: ReadonlySet<string>): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid(`${name} is not an object`);
  for (const key of Object.keys(value))
    if (!keys.has(key)) throw invalid(`${name} has an unknown key ${JSON.stringify(key)}`);
  return value as Record<string, unknown>;
}

function string(value: unknown, name: string): void {
  if (typeof value !== 'string' || value === '') throw invalid(`${name} is not a text`);
}

function invalid(message: string): VigilError {
  return new VigilError('BAD_CONFIG', 'invalid', message);
}
