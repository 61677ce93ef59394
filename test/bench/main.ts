interface Bench {
  readonly about: string;
  /** As they are given, with what each does. */
  readonly options?: Readonly<Record<string, string>>;
  /** Environment variables. */
  readonly settings?: Readonly<Record<string, string>>;
  load(): Promise<{ run(options: readonly string[]): Promise<void> }>;
}

const assert = { '--assert': 'end with code 1 when a target is missed' };

/** `npm run bench [-- NAME… [--OPTION…]]`: each benchmark in turn; all of them when none is named. Figures are printed; only `loss` asserts. */
const benches: Readonly<Record<string, Bench>> = {
  api: {
    about: 'the API over TLS on SQLite: starts, requests, watchers, memory',
    options: {
      '--part=starts|requests|watchers|memory|peer': 'these alone; peer: beside a real kube-apiserver',
      ...assert,
    },
    settings: { 'BENCH_PROFILE=kubernetes': 'a thousand leases every ten seconds instead of every one' },
    load: () => import('./api.ts'),
  },
  cluster: { about: 'what a user waits for, on three nodes', load: () => import('./cluster.ts') },
  crash: {
    about: 'the embedded store killed -9 while lines come in',
    settings: { BENCH_KILLS: '500' },
    load: () => import('./crash.ts'),
  },
  fairness: { about: 'the API while one client floods it', load: () => import('./fairness.ts') },
  follow: { about: 'from a write to kctl logs -f and docker logs -f', load: () => import('./follow.ts') },
  memory: { about: 'resident memory of an idle cluster, by process', load: () => import('./memory.ts') },
  loss: {
    about: 'lines lost, doubled, split and out of order, in 21 ways of losing them; ends with code 1 for any',
    options: { '--only NAME': 'this row; may be given again' },
    settings: { BENCH_LINES: '2000000' },
    load: () => import('./loss.ts'),
  },
  rotation: {
    about: "numbers that never arrive under the engine's own rotation",
    settings: { BENCH_SECONDS: '10' },
    load: () => import('./rotation.ts'),
  },
  ship: {
    about: "Vigil's shipper, rsyslog and an OpenTelemetry Collector over the same logs",
    options: { '--alone': 'without the others', ...assert },
    settings: { BENCH_LINES: '2000000' },
    load: () => import('./ship.ts'),
  },
  store: {
    about: 'the embedded store and a real OpenSearch or Elasticsearch, 60 queries',
    settings: { BENCH_DOCUMENTS: '500000', BENCH_PEER: 'opensearch' },
    load: () => import('./store.ts'),
  },
};

function help(): string {
  const lines = Object.entries(benches).flatMap(([name, { about, options = {}, settings = {} }]) => [
    `  ${name.padEnd(9)} ${about}`,
    ...Object.entries(options).map(([option, what]) => `  ${''.padEnd(9)}   ${option}: ${what}`),
    ...Object.entries(settings).map(
      ([setting, value]) => `  ${''.padEnd(9)}   in the environment ${setting}: ${value}`,
    ),
  ]);
  return ['npm run bench [-- NAME… [OPTION…]]   one after the other; all when none is named', ...lines].join('\n');
}

const given = process.argv.slice(2);
if (given.some((argument) => argument === '--help' || argument === '-h')) {
  console.log(help());
  process.exit(0);
}
const firstOption = given.findIndex((argument) => argument.startsWith('-'));
const names = firstOption < 0 ? given : given.slice(0, firstOption);
const options = firstOption < 0 ? [] : given.slice(firstOption);
const unknown = names.find((name) => !Object.hasOwn(benches, name));
if (unknown !== undefined) {
  console.error(`there is no benchmark "${unknown}"; there are ${Object.keys(benches).join(', ')}`);
  process.exit(2);
}
const chosen = Object.entries(benches).filter(([name]) => names.length === 0 || names.includes(name));
const without = options.length > 0 ? chosen.find(([, bench]) => bench.options === undefined) : undefined;
if (without) {
  console.error(`the benchmark "${without[0]}" takes no options`);
  process.exit(2);
}
for (const [name, bench] of chosen) {
  console.log(`── ${name} ──`);
  const loaded = await bench.load();
  await loaded.run(options);
}
