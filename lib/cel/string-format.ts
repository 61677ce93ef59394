import { timestampText } from './conversions.ts';

const DEFAULT_PRECISION = 6;
/** What JavaScript's numbers are written with at most. */
const MAX_PRECISION = 75;

/** `"%s has %d".format([…])`: `%s`, `%d`, `%f` and `%e` with a precision, `%x`, `%X`, `%o`, `%b`, `%%`, as cel-go writes them. Pure; throws in its words. */
export function formatString(text: string, values: readonly unknown[]): string {
  let next = 0;
  return text.replaceAll(/%(?:\.(\d*))?([^]?)/gu, (_, digits: string | undefined, verb: string) => {
    if (verb === '%' && digits === undefined) return '%';
    if (verb === '') throw new Error('unexpected end of format string');
    const precision = digits === undefined || digits === '' ? DEFAULT_PRECISION : Number(digits);
    if (precision > MAX_PRECISION) throw new Error(`a precision may be ${MAX_PRECISION} at most`);
    if (!'sdfexXob'.includes(verb))
      throw new Error(`could not parse formatting clause: unrecognized formatting clause "${verb}"`);
    if (next >= values.length) throw new Error(`index ${next} out of range`);
    return formatted(values[next++], verb, precision);
  });
}

function formatted(value: unknown, verb: string, precision: number): string {
  switch (verb) {
    case 'd':
      return String(integer(value, 'decimal clause can only be used on integers'));
    case 'f':
      return grouped(fixed(double(value, 'fixed-point'), precision));
    case 'e':
      return scientific(double(value, 'scientific'), precision);
    case 'x':
      return hexadecimal(value);
    case 'X':
      return hexadecimal(value).toUpperCase();
    case 'o':
      return integer(value, 'octal clause can only be used on integers').toString(8);
    case 'b':
      if (typeof value === 'boolean') return value ? '1' : '0';
      return integer(value, 'binary clause can only be used on integers and bools').toString(2);
    default:
      return shown(value);
  }
}

function integer(value: unknown, message: string): bigint {
  if (typeof value === 'bigint') return value;
  const unsigned: unknown = kindOf(value) === 'uint' ? (value as { valueOf(): unknown }).valueOf() : undefined;
  if (typeof unsigned === 'bigint') return unsigned;
  throw formatError(message, value);
}

function double(value: unknown, clause: string): number {
  if (typeof value === 'number') return value;
  if (value === 'NaN' || value === 'Infinity' || value === '-Infinity') return Number(value);
  throw formatError(`${clause} clause can only be used on doubles`, value);
}

function hexadecimal(value: unknown): string {
  if (typeof value === 'string' || value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  return integer(value, 'hex clause can only be used on integers, byte buffers, and strings').toString(16);
}

function formatError(message: string, value: unknown): Error {
  return new Error(`error during formatting: ${message}, was given ${kindOf(value)}`);
}

function kindOf(value: unknown): string {
  if (typeof value === 'bigint') return 'int';
  if (typeof value === 'number') return 'double';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'string') return 'string';
  if (value === null) return 'null_type';
  if (Array.isArray(value)) return 'list';
  if (value instanceof Uint8Array) return 'bytes';
  if (value instanceof Date) return 'google.protobuf.Timestamp';
  const { name } = (value as object).constructor;
  if (name === 'UnsignedInt') return 'uint';
  if (name === 'Duration') return 'google.protobuf.Duration';
  return name === 'Object' || name === 'Map' ? 'map' : name;
}

/** A half is rounded to the even digit, as Go does; JavaScript rounds it up. */
function fixed(value: number, precision: number): string {
  if (!Number.isFinite(value)) return notFinite(value);
  const text = Math.abs(value) < 1e21 ? value.toFixed(precision) : BigInt(value).toString();
  if (Math.abs(value) >= 1e21) return precision === 0 ? text : `${text}.${'0'.repeat(precision)}`;
  const exact = value.toFixed(precision + 25);
  const cut = exact.length - 25;
  if (!/^50*$/.test(exact.slice(cut))) return text;
  const lower = exact.slice(0, cut).replace(/\.$/, '');
  return Number(lower.at(-1)) % 2 === 0 ? lower : text;
}

function notFinite(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  return value > 0 ? '∞' : '-∞';
}

/** Thousands apart, as in American English. */
function grouped(text: string): string {
  const [whole = '', ...fraction] = text.split('.');
  return [whole.replaceAll(/\B(?=(?:\d{3})+$)/g, ','), ...fraction].join('.');
}

/** `1.052033 × 10⁰³`. */
function scientific(value: number, precision: number): string {
  if (!Number.isFinite(value)) return notFinite(value);
  const [digits = '', exponent = ''] = value.toExponential(precision).split('e');
  const power = exponent.replace(/^\+/, '').replace(/^(-?)(\d)$/, '$10$2');
  const raised = power.replaceAll(/[-\d]/g, (mark) => (mark === '-' ? '⁻' : ('⁰¹²³⁴⁵⁶⁷⁸⁹'[Number(mark)] ?? '')));
  return `${digits}\u202f×\u202f10${raised}`;
}

function shown(value: unknown): string {
  switch (kindOf(value)) {
    case 'list':
      return `[${(value as readonly unknown[]).map(literal).join(', ')}]`;
    case 'map': {
      const entries = value instanceof Map ? [...(value as Map<unknown, unknown>)] : Object.entries(value as object);
      const members = entries.map(([key, member]) => [literal(key), literal(member)] as const);
      return `{${members
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, member]) => `${key}:${member}`)
        .join(', ')}}`;
    }
    case 'bytes':
      return Buffer.from(value as Uint8Array).toString();
    case 'google.protobuf.Timestamp':
      return timestampText(value as Date);
    case 'double':
      return Number.isFinite(value) ? String(value) : notFiniteText(value as number);
    case 'string':
    case 'bool':
    case 'int':
    case 'uint':
    case 'null_type':
    case 'google.protobuf.Duration':
      return String(value);
    default:
      throw formatError(
        'string clause can only be used on strings, bools, bytes, ints, doubles, maps, lists, types, durations, and timestamps',
        value,
      );
  }
}

function notFiniteText(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  return value > 0 ? '+Inf' : '-Inf';
}

/** As an expression would write it. */
function literal(value: unknown): string {
  switch (kindOf(value)) {
    case 'string':
      return JSON.stringify(value);
    case 'bytes':
      return `b${JSON.stringify(shown(value))}`;
    case 'double':
      return Number.isFinite(value) ? fixed(value as number, DEFAULT_PRECISION) : JSON.stringify(shown(value));
    case 'google.protobuf.Timestamp':
      return `timestamp(${JSON.stringify(shown(value))})`;
    case 'google.protobuf.Duration':
      return `duration(${JSON.stringify(shown(value))})`;
    default:
      return shown(value);
  }
}
