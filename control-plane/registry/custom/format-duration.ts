/** As Go writes and reads durations. */
const goDuration = /^[+-]?(\d+(\.\d*)?(ns|us|µs|μs|ms|s|m|h))+$|^[+-]?0$/;

/** Names of units, the last of which may go on, what they are to Go, and how many of those. */
const units: readonly { readonly names: readonly string[]; readonly go: string; readonly times: number }[] = [
  { names: ['ns', 'nano'], go: 'ns', times: 1 },
  { names: ['us', 'µs', 'micro'], go: 'us', times: 1 },
  { names: ['ms', 'milli'], go: 'ms', times: 1 },
  { names: ['s', 'sec'], go: 's', times: 1 },
  { names: ['m', 'min'], go: 'm', times: 1 },
  { names: ['h', 'hr', 'hour'], go: 'h', times: 1 },
  { names: ['d', 'day'], go: 'h', times: 24 },
  { names: ['w', 'wk', 'week'], go: 'h', times: 7 * 24 },
];

/**
 * The duration that a text of this format says, as Go writes it; `undefined` when there is none. Beside Go's own notation any text with numbers that have units is one,
 * whatever else stands in it. Source: `strfmt` of kube-openapi.
 */
export function durationIn(text: string): string | undefined {
  if (goDuration.test(text)) return text;
  // From the first digit of a number on: texts may be as long as a request.
  const parts = [...text.matchAll(/(?<!\d)(\d+)\s*([A-Za-zµ]+)/g)].flatMap(([, count, name = '']) => {
    const unit = unitOf(name.toLowerCase());
    return unit ? [`${Number(count) * unit.times}${unit.go}`] : [];
  });
  return parts.length === 0 ? undefined : parts.join('');
}

function unitOf(name: string): (typeof units)[number] | undefined {
  return units.find(({ names }) => names.includes(name) || name.startsWith(names.at(-1) ?? name));
}
