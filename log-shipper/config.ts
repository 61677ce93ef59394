import type { LogShipperConfig, OutputConfig } from '../lib/config/log-shipper.ts';
import { messageOf } from '../lib/errors.ts';
import { checkOptionalTexts, checkText, invalidConfig, objectOf, refuseUnknown, type Fields } from './config-fields.ts';
import { checkElasticsearchOutput } from './sinks/elasticsearch/config.ts';
import { checkOtlpOutput } from './sinks/otlp/config.ts';
import { checkStdoutOutput } from './sinks/stdout/config.ts';

const known = [
  'clusterName',
  'sourcesDirs',
  'recordsDirs',
  'containersDirs',
  'once',
  'holds',
  'stateDir',
  'outputs',
  'metricsPort',
  'metricsHost',
  'logLevel',
];
/** Keys of every output. */
const common = ['name', 'kind', 'required'];
/** Each output reads everything: more than a few are a mistake. */
const MAX_OUTPUTS = 8;

type Check = (fields: Fields, common: readonly string[], name: string) => void;

const checks: Readonly<Record<OutputConfig['kind'], Check>> = {
  elasticsearch: checkElasticsearchOutput,
  opensearch: checkElasticsearchOutput,
  otlp: checkOtlpOutput,
  stdout: checkStdoutOutput,
};

/** Parses and checks a configuration file. Throws an error that names the field. */
export function parseShipperConfig(text: string): LogShipperConfig {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    throw invalidConfig(`the file is not JSON: ${messageOf(cause)}`);
  }
  const config = objectOf(parsed, 'the configuration');
  refuseUnknown(config, known, 'the configuration');
  checkText(config['clusterName'], 'clusterName');
  checkText(config['stateDir'], 'stateDir');
  checkOptionalTexts(config, ['logLevel', 'metricsHost'], 'the configuration');
  for (const name of ['sourcesDirs', 'recordsDirs', 'containersDirs'] as const) {
    const list = config[name];
    if (list === undefined && name === 'containersDirs') continue;
    if (!Array.isArray(list) || !list.every((item) => typeof item === 'string'))
      throw invalidConfig(`${name} is not a list of folders`);
  }
  const { once } = config;
  if (once !== undefined && typeof once !== 'boolean') throw invalidConfig('once is neither true nor false');
  checkHolds(config['holds']);
  checkOutputs(config['outputs']);
  const port = config['metricsPort'];
  if (port !== undefined && !(Number.isInteger(port) && Number(port) >= 0 && Number(port) < 65_536))
    throw invalidConfig('metricsPort is not a port');
  return config as unknown as LogShipperConfig;
}

function checkHolds(value: unknown): void {
  if (value === undefined) return;
  const holds = objectOf(value, 'holds');
  refuseUnknown(holds, ['dir', 'maxBytes', 'maxAgeHours', 'minFreePercent'], 'holds');
  checkOptionalTexts(holds, ['dir'], 'holds');
  for (const [key, most] of [
    ['maxBytes', Number.MAX_SAFE_INTEGER],
    ['maxAgeHours', 24 * 365],
    ['minFreePercent', 99],
  ] as const) {
    const number = holds[key];
    if (number === undefined) continue;
    if (typeof number !== 'number' || !(number >= 0 && number <= most))
      throw invalidConfig(`holds.${key} is not a number from 0 to ${most}`);
  }
}

function checkOutputs(value: unknown): void {
  if (!Array.isArray(value) || value.length === 0 || value.length > MAX_OUTPUTS) {
    throw invalidConfig(`outputs is not a list of 1 to ${MAX_OUTPUTS} outputs`);
  }
  const names = new Set<string>();
  const outputs = value.map((item: unknown, n) => objectOf(item, `outputs[${n}]`));
  for (const [n, output] of outputs.entries()) {
    const where = `outputs[${n}]`;
    const { name, kind, required } = output;
    if (typeof name !== 'string' || !/^[a-z0-9][a-z0-9-]{0,62}$/.test(name)) {
      throw invalidConfig(`${where}.name is not made of lower-case letters, digits and dashes`);
    }
    if (names.has(name)) throw invalidConfig(`${where}.name ${JSON.stringify(name)} is used twice`);
    names.add(name);
    if (required !== undefined && typeof required !== 'boolean') {
      throw invalidConfig(`${where}.required is neither true nor false`);
    }
    if (typeof kind !== 'string' || !Object.hasOwn(checks, kind)) {
      throw invalidConfig(`${where}.kind is none of ${Object.keys(checks).join(', ')}`);
    }
    checks[kind as OutputConfig['kind']](output, common, where);
  }
  if (outputs.every(({ required }) => required === false)) {
    throw invalidConfig('no output is required: files would go before they are shipped');
  }
  if (outputs.filter(({ kind }) => kind === 'stdout').length > 1) throw invalidConfig('stdout is an output twice');
}
