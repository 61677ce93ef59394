import { milliValue } from '../../../lib/kube/quantity.ts';

/** Amounts of resources as kube-state-metrics labels them: names without dashes, in base units. */
export function resourceAmounts(
  amounts: Readonly<Record<string, string>> | undefined,
): readonly { readonly resource: string; readonly unit: string; readonly value: number }[] {
  return Object.entries(amounts ?? {}).map(([name, amount]) => ({
    resource: name.replaceAll(/[^a-zA-Z0-9]/g, '_'),
    unit: unitOf(name),
    value: milliValue(amount) / 1000,
  }));
}

function unitOf(name: string): string {
  if (name === 'cpu') return 'core';
  return name === 'memory' || name === 'storage' || name === 'ephemeral-storage' || name.startsWith('hugepages-')
    ? 'byte'
    : 'integer';
}
