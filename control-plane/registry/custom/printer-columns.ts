import { compileJsonPath } from '../../../lib/kube/json-path.ts';
import { ageColumn, humanDuration, nameColumn, type CellValue, type Column } from '../columns/column.ts';

/** An entry of `additionalPrinterColumns`. */
interface PrinterColumn {
  readonly name: string;
  readonly type: string;
  readonly jsonPath: string;
  readonly description?: string;
  readonly format?: string;
  readonly priority?: number;
}

/** What `kubectl get` prints of a custom kind: the name, then its own columns, or the age when it has none. */
export function printerColumns(columns: readonly PrinterColumn[] | undefined): readonly Column[] {
  if (!columns || columns.length === 0) return [nameColumn, ageColumn];
  return [nameColumn, ...columns.map(printerColumn)];
}

function printerColumn({ name, type, jsonPath, description, format, priority }: PrinterColumn): Column {
  const path = compileJsonPath(jsonPath);
  return {
    name,
    type: type as Column['type'],
    format,
    description: description || `Custom resource definition column (in JSONPath format): ${jsonPath}`,
    priority: priority ?? 0,
    value: (object, nowMs) => {
      const values = path.valuesOf(object);
      return type === 'date' ? age(values[0], nowMs) : cell(values, type);
    },
  };
}

function cell(values: readonly unknown[], type: string): CellValue {
  const [first] = values;
  if (values.length === 0 || first === null || first === undefined) return null;
  if (type === 'integer') return typeof first === 'number' ? Math.trunc(first) : null;
  if (type === 'number') return typeof first === 'number' ? first : null;
  if (type === 'boolean') return typeof first === 'boolean' ? first : null;
  return values.map((value) => (typeof value === 'string' ? value : JSON.stringify(value))).join(',');
}

function age(value: unknown, nowMs: number): CellValue {
  if (typeof value !== 'string') return null;
  const ms = Date.parse(value);
  return Number.isNaN(ms) ? '<invalid>' : humanDuration(nowMs - ms);
}
