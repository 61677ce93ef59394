import type { KctlContext, OptionSpec, ParsedArguments } from '../command.ts';
import { VigilError } from '../../lib/errors.ts';
import { clusterHome, vigilHome, type ClusterHome } from './cluster-home.ts';
import { listRecords, readRecord, type ClusterRecord } from './cluster-record.ts';

export const defaultClusterName = 'demo';

export const nameOption: Readonly<Record<string, OptionSpec>> = {
  name: { type: 'string', help: 'NAME of the cluster (default: VIGIL_CLUSTER, else the only one, else demo)' },
};

/** The name that is meant: `--name`, VIGIL_CLUSTER, the only cluster there is, or `demo`. */
export function chosenName(args: ParsedArguments, context: KctlContext): string {
  const given = args.string('name') ?? context.env['VIGIL_CLUSTER'];
  if (given !== undefined && given !== '') return given;
  const records = listRecords(vigilHome(context.env));
  const [only] = records;
  return only && records.length === 1 ? only.name : defaultClusterName;
}

/** The cluster that is meant, or an error that says which ones there are. */
export function chosenCluster(
  args: ParsedArguments,
  context: KctlContext,
): { readonly home: ClusterHome; readonly record: ClusterRecord } {
  const root = vigilHome(context.env);
  const name = chosenName(args, context);
  const home = clusterHome(root, name);
  const record = readRecord(home);
  if (record) return { home, record };
  const names = listRecords(root).map((one) => one.name);
  throw new VigilError(
    'NO_CLUSTER',
    'notFound',
    `there is no cluster "${name}" in ${root}; ${names.length > 0 ? `there are: ${names.join(', ')}` : 'kctl up makes one'}`,
  );
}

/** A whole number within bounds from an option; throws `USAGE` naming the option. */
export function integerOption(args: ParsedArguments, name: string, fallback: number, min: number, max: number): number {
  const text = args.string(name);
  if (text === undefined) return fallback;
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= min && value <= max)) {
    throw new VigilError('USAGE', 'invalid', `--${name} "${text}": expected a whole number from ${min} to ${max}`);
  }
  return value;
}
