/** Documents of every field type, with what makes stores differ: missing and empty values, arrays, numbers as text, words of other scripts, over-long keywords. */

export const THINGS = 'things';
export const THING_COUNT = 1_200;
export const START_MS = Date.UTC(2026, 2, 27, 22, 0, 0);

export const thingsMapping = {
  properties: {
    '@timestamp': { type: 'date' },
    message: { type: 'text', fields: { raw: { type: 'keyword', ignore_above: 40 } } },
    note: { type: 'text' },
    level: { type: 'keyword' },
    tags: { type: 'keyword' },
    host: { properties: { name: { type: 'keyword' }, ip: { type: 'ip' } } },
    count: { type: 'long' },
    size: { type: 'integer' },
    ratio: { type: 'double' },
    share: { type: 'float' },
    ok: { type: 'boolean' },
    seen: { type: 'date', format: 'yyyy-MM-dd HH:mm:ss||epoch_millis' },
    color: { type: 'keyword', null_value: 'none' },
    labels: { type: 'flat_object' },
    n: { type: 'integer' },
    hidden: { type: 'object', enabled: false },
    items: { properties: { sku: { type: 'keyword' }, price: { type: 'double' } } },
  },
} as const;

export const words =
  'timeout upstream request failed connection refused ok get post healthz payment order user_id retry cache café naïve Über straße 東京 данные'.split(
    ' ',
  );
export const levels = ['info', 'warn', 'error', 'debug'] as const;
export const hosts = ['web-1', 'web-2', 'api-1', 'db-1', 'Web-1'] as const;
const zones = ['eu-west', 'eu-east', 'us'] as const;

function pad(value: number): string {
  return String(value).padStart(2, '0');
}

/** The same for every run: differences between two stores must not depend on chance. */
export function thingAt(n: number): Record<string, unknown> {
  const pick = <T>(list: readonly T[], salt: number): T =>
    list[(n * 7_919 + salt * 104_729 + ((n * n) % 97)) % list.length] as T;
  const at = new Date(START_MS + n * 97_003);
  const w = (salt: number) => pick(words, salt);
  const doc: Record<string, unknown> = {
    '@timestamp': at.toISOString(),
    n,
    message: `${w(1)} ${w(2)} ${w(3)} took ${n % 250}ms, path=/api/v${n % 3}/${w(4)}?id=${n}&x=1.5 ip 10.0.${n % 5}.${n % 40}${n % 31 === 0 ? ` "${w(5)} can't open file_${n % 7}.txt"` : ''}`,
    host: { name: pick(hosts, 6), ip: `10.0.${n % 4}.${n % 60}` },
    count: (n * 37) % 1_000,
    ratio: ((n * 31) % 1_000) / 7,
    labels: {
      app: pick(['web', 'api', 'db'], 7),
      ...(n % 3 === 0 ? { 'app.kubernetes.io/name': 'shop' } : {}),
      zone: pick(zones, 8),
    },
  };
  if (n % 4 !== 0) doc['level'] = pick(levels, 9);
  if (n % 5 === 0) doc['note'] = [w(10), `${w(11)} ${w(12)} ${w(13)}`];
  if (n % 3 !== 1) doc['tags'] = n % 6 === 0 ? [w(14), w(15), w(14)] : n % 6 === 2 ? [] : w(16);
  if (n % 7 !== 0)
    doc['size'] = n % 11 === 0 ? String(n % 100) : n % 13 === 0 ? [n % 10, n % 20, n % 10] : (n % 100) - 30;
  if (n % 2 === 0) doc['share'] = (n % 1_000) / 1_000;
  if (n % 3 !== 0) doc['ok'] = n % 8 === 1 ? 'true' : n % 5 < 2;
  if (n % 6 !== 5)
    doc['seen'] =
      n % 4 === 0 ? at.getTime() : `2026-0${(n % 9) + 1}-${pad((n % 28) + 1)} ${pad(n % 24)}:${pad(n % 60)}:00`;
  doc['color'] = n % 10 === 0 ? null : n % 10 === 1 ? '' : pick(['red', 'green', 'blue', 'Rot und Grün'], 17);
  if (n % 9 === 0)
    doc['items'] = [
      { sku: `s-${n % 5}`, price: n % 50 },
      { sku: `s-${n % 3}`, price: (n % 70) / 2 },
    ];
  if (n % 12 === 0) doc['hidden'] = { any: n, thing: ['x'] };
  if (n % 17 === 0)
    doc['extra'] = { text: `free ${w(18)}`, when: at.toISOString(), flag: n % 2 === 0, amount: n % 4, rate: n / 8 };
  return doc;
}
