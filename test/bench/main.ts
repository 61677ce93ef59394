/** `npm run bench [-- NAME…]`: each benchmark in turn; all of them when none is named. Figures are printed, nothing is asserted. */
const benches: Readonly<Record<string, () => Promise<{ run(): Promise<void> }>>> = {
  api: () => import('./api.ts'),
  cluster: () => import('./cluster.ts'),
  memory: () => import('./memory.ts'),
  loss: () => import('./loss.ts'),
  ship: () => import('./ship.ts'),
  store: () => import('./store.ts'),
};

const names = process.argv.slice(2);
for (const name of names.length > 0 ? names : Object.keys(benches)) {
  const load = benches[name];
  if (!load) {
    console.error(`there is no benchmark "${name}"; there are ${Object.keys(benches).join(', ')}`);
    process.exit(2);
  }
  console.log(`── ${name} ──`);
  await (await load()).run();
}
