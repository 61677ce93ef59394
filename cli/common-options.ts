import type { OptionSpec, ParsedArguments } from './command.ts';

/** Options of every verb that speaks to a cluster. */
export const clusterOptions = {
  name: { type: 'string', help: 'NAME of the cluster; else KUBECONFIG, else the only cluster here' },
  kubeconfig: { type: 'string', help: 'FILE to use instead of KUBECONFIG' },
  namespace: { type: 'string', short: 'n', help: 'NAMESPACE to look in' },
  'no-color': { type: 'boolean', help: 'plain output, as when piped' },
} satisfies Readonly<Record<string, OptionSpec>>;

export const allNamespacesOption = {
  'all-namespaces': { type: 'boolean', short: 'A', help: 'look in all namespaces' },
} satisfies Readonly<Record<string, OptionSpec>>;

export const outputOption = {
  output: { type: 'string', short: 'o', help: 'FORMAT json or yaml instead of text' },
} satisfies Readonly<Record<string, OptionSpec>>;

/** `undefined` = all namespaces. */
export function namespaceOf(args: ParsedArguments, fallback: string): string | undefined {
  if (args.has('all-namespaces') && args.flag('all-namespaces')) return undefined;
  return args.string('namespace') ?? fallback;
}
