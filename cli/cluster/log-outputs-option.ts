import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { LogShipperConfig, OutputConfig } from '../../lib/config/log-shipper.ts';
import { messageOf, VigilError } from '../../lib/errors.ts';
import type { OptionSpec, ParsedArguments } from '../command.ts';

/** `--log-outputs`. */
export const logOutputsOptions: Readonly<Record<string, OptionSpec>> = {
  'log-outputs': {
    type: 'string',
    help: 'FILE with more outputs for logs beside the store: a JSON list as [{"name":"otel","kind":"otlp","url":"http://127.0.0.1:4318"}]; log files wait for each that does not say "required":false',
  },
};

/** The name of the cluster's own output, which others may not have. */
export const STORE_OUTPUT = 'store';
const fileKeys = ['caCert', 'clientCert', 'clientKey', 'apiKeyFile', 'bearerTokenFile', 'passwordFile'] as const;
const CHECK_TIMEOUT_MS = 20_000;

/**
 * The outputs that the option's file lists; `undefined` = nothing is said. Files in it are named from its folder. Throws `USAGE` with what the shipper says against
 * it.
 */
export function logOutputsOption(
  args: ParsedArguments,
  cwd: string,
  launch: { readonly root: string; readonly node: string },
): readonly OutputConfig[] | undefined {
  const text = args.string('log-outputs');
  if (text === undefined) return undefined;
  if (args.string('log-store') === 'none') throw usage('--log-outputs are beside a store: --log-store none has none');
  const path = resolve(cwd, text);
  const outputs = readOutputs(path);
  const problem = shipperProblem(outputs, launch);
  if (problem !== undefined) throw usage(`--log-outputs ${path}: ${problem}`);
  if (outputs.some(({ kind }) => kind === 'stdout')) {
    throw usage(`--log-outputs ${path}: the shipper of a cluster has no standard output that anybody reads`);
  }
  return outputs;
}

function readOutputs(path: string): OutputConfig[] {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw usage(`--log-outputs ${path}: ${messageOf(cause)}`, cause);
  }
  if (!Array.isArray(value)) throw usage(`--log-outputs ${path}: expected a JSON list of outputs`);
  return value.map((output: unknown) => {
    if (typeof output !== 'object' || output === null) return output as OutputConfig;
    const fields: Record<string, unknown> = { ...output };
    for (const key of fileKeys) {
      const file = fields[key];
      if (typeof file === 'string') fields[key] = resolve(dirname(path), file);
    }
    return fields as unknown as OutputConfig;
  });
}

/** What the shipper says against these outputs: it alone knows their fields. */
function shipperProblem(
  outputs: readonly OutputConfig[],
  { root, node }: { readonly root: string; readonly node: string },
): string | undefined {
  const store = { name: STORE_OUTPUT, kind: 'elasticsearch', url: 'http://127.0.0.1:9200' } as const;
  const config: LogShipperConfig = {
    clusterName: 'check',
    sourcesDirs: [],
    recordsDirs: [],
    stateDir: '/nowhere',
    outputs: [store, ...outputs],
  };
  const { status, stderr, error } = spawnSync(node, [join(root, 'log-shipper/main.ts'), '--check', '--config', '-'], {
    input: JSON.stringify(config),
    encoding: 'utf8',
    timeout: CHECK_TIMEOUT_MS,
  });
  if (error) return error.message;
  if (status === 0) return undefined;
  // Counted without the cluster's own.
  return stderr
    .trim()
    .replace(/^log-shipper: /, '')
    .replaceAll(/outputs\[(\d+)\]/g, 'output $1');
}

function usage(message: string, cause?: unknown): VigilError {
  return new VigilError('USAGE', 'invalid', message, { cause });
}
