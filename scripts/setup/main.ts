import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { SystemClock } from '../../lib/clock.ts';
import { messageOf, VigilError } from '../../lib/errors.ts';
import { answeringEngine, startEngine, stopOwnEngine } from './engine.ts';
import { install } from './install.ts';
import { ensureClients } from './kubectl.ts';
import { thisMachine } from './machine.ts';
import { say } from './say.ts';
import { clusterNeeds, composeNeed, engineNeed, planInstall, testNeeds, type Need } from './steps.ts';

/** What is needed beside a cluster's needs. */
const extraNeeds: Readonly<Record<string, readonly Need[]>> = {
  cluster: [],
  compose: [composeNeed],
  test: [composeNeed, ...testNeeds],
};

/** `main.ts cluster`: everything a cluster needs; `compose`, `test`: and what these need; `down`: undoes what was started. */
async function main(what: string | undefined): Promise<void> {
  const home = resolve(process.env['VIGIL_HOME'] ?? join(homedir(), '.vigil'));
  const clock = new SystemClock();
  if (what === 'down') {
    if (await stopOwnEngine(home, clock)) console.log('Docker engine stopped and removed');
    return;
  }
  const extra = extraNeeds[what ?? ''];
  if (!extra) throw new VigilError('USAGE', 'invalid', `expected ${Object.keys(extraNeeds).join(', ')} or down`);
  const hasEngine = (await answeringEngine(process.env, home)) !== undefined;
  await meet([...clusterNeeds, ...(hasEngine ? [] : [engineNeed]), ...extra], home);
  if (what === 'test') await ensureClients(home);
  // A service manager may have started one on installation.
  if (hasEngine || (await answeringEngine(process.env, home)) !== undefined) return;
  await say('Docker engine', 'started, data in VIGIL_HOME/engine', async () => {
    await startEngine(home, clock);
  });
}

async function meet(needs: readonly Need[], home: string): Promise<void> {
  const plan = planInstall(needs, thisMachine(process.env));
  if (plan.kind === 'ask') throw new VigilError('MISSING', 'terminal', plan.message);
  if (plan.kind === 'install') await install(plan.needs, home, process.env);
}

try {
  await main(process.argv[2]);
} catch (error) {
  console.error(`set-up: ${messageOf(error)}`);
  process.exitCode = 1;
}
