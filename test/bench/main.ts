/** `npm run bench [-- NAME… [--OPTION…]]`: each benchmark in turn; all of them when none is named. Figures are printed; only `loss` asserts. */
const benches: Readonly<Record<string, () => Promise<{ run(options: readonly string[]): Promise<void> }>>> = {
  api: () => import('./api.ts'),
  cluster: () => import('./cluster.ts'),
  crash: () => import('./crash.ts'),
  fairness: () => import('./fairness.ts'),
  follow: () => import('./follow.ts'),
  memory: () => import('./memory.ts'),
  loss: () => import('./loss.ts'),
  rotation: () => import('./rotation.ts'),
  ship: () => import('./ship.ts'),
  store: () => import('./store.ts'),
};

const given = process.argv.slice(2);
const firstOption = given.findIndex((argument) => argument.startsWith('-'));
const names = firstOption < 0 ? given : given.slice(0, firstOption);
const options = firstOption < 0 ? [] : given.slice(firstOption);
for (const name of names.length > 0 ? names : Object.keys(benches)) {
  const load = benches[name];
  if (!load) {
    console.error(`there is no benchmark "${name}"; there are ${Object.keys(benches).join(', ')}`);
    process.exit(2);
  }
  console.log(`── ${name} ──`);
  const bench = await load();
  if (options.length > 0 && bench.run.length === 0) {
    console.error(`the benchmark "${name}" takes no options`);
    process.exit(2);
  }
  await bench.run(options);
}
