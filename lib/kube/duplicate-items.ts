import { elementText } from './field-set.ts';
import { itemElement, shapeAt, type TypeAt } from './merge-shape.ts';

/**
 * The items that a list of a value names twice although it is merged item by item, as `.spec.containers: duplicate entries for key [name="a"]`. Items without their
 * keys are nobody's twins. Source: the validation of `sigs.k8s.io/structured-merge-diff`.
 */
export function duplicateItems(at: TypeAt, value: unknown): readonly string[] {
  const found: string[] = [];
  collect(at, value, '', found);
  return found;
}

function collect(at: TypeAt, value: unknown, path: string, found: string[]): void {
  const shape = shapeAt(at, value);
  if (shape.kind === 'object') {
    for (const [name, member] of Object.entries(value as Readonly<Record<string, unknown>>))
      collect(shape.memberAt(name), member, `${path}.${name}`, found);
  } else if (shape.kind === 'items') {
    const seen = new Set<string>();
    for (const item of value as readonly unknown[]) {
      const element = itemElement(shape.keys, item);
      if (seen.has(element) && hasKeys(element))
        found.push(`${path}: duplicate entries for key ${elementText(element)}`);
      seen.add(element);
      collect(shape.itemAt, item, path + elementText(element), found);
    }
  }
}

function hasKeys(element: string): boolean {
  return element.startsWith('v:') || !Object.values(JSON.parse(element.slice(2)) as object).includes(null);
}
