import { formatQuantity, parseQuantity } from '../../../lib/kube/quantity.ts';

const NANO_PER_MILLI = 1_000_000n;

/** Amounts of resources in canonical form, rounded up to thousandths, as the API keeps them. What is not a quantity is left for validation. */
export function milliQuantity(amounts: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(amounts).map(([name, amount]) => [name, rounded(amount)]));
}

function rounded(amount: string): string {
  let quantity;
  try {
    quantity = parseQuantity(amount);
  } catch {
    return amount;
  }
  const rest = quantity.nano % NANO_PER_MILLI;
  const nano = rest === 0n ? quantity.nano : quantity.nano - rest + (quantity.nano > 0n ? NANO_PER_MILLI : 0n);
  return formatQuantity({ nano, format: quantity.format });
}
