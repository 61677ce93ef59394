import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { SystemClock } from '../../lib/clock.ts';
import { VigilError } from '../../lib/errors.ts';
import type { Verb } from '../command.ts';
import { chosenCluster, nameOption } from './cluster-options.ts';
import { vigilHome } from './cluster-home.ts';
import { controlPlanePlan, controlPlaneProcess, launchEnvironment } from './process-plans.ts';
import { Processes } from './processes.ts';
import { repositoryRoot } from './repository.ts';
import { runCommand } from './run-command.ts';

export const restore: Verb = {
  summary: 'put a cluster in the state of a backup: its control plane is stopped, restored and started; pods run on',
  usage: 'FILE --yes [--name NAME]',
  options: { ...nameOption, yes: { type: 'boolean', help: 'what was made since the backup goes' } },
  async run(args, context) {
    const [file, ...more] = args.positionals;
    if (file === undefined || more.length > 0)
      throw new VigilError('USAGE', 'invalid', 'name the file: kctl restore FILE --yes');
    if (!existsSync(file)) throw new VigilError('USAGE', 'invalid', `there is no file ${file}`);
    if (!args.flag('yes'))
      throw new VigilError('USAGE', 'invalid', 'everything that was made since the backup goes: say --yes to do it');
    const { home, record } = chosenCluster(args, context);
    const launch = {
      root: repositoryRoot,
      node: process.execPath,
      env: launchEnvironment(context.env, vigilHome(context.env)),
    };
    const plan = controlPlanePlan(launch, home);
    const processes = new Processes(home, repositoryRoot, new SystemClock());
    const [program = '', ...options] = plan.command;
    await processes.stop(controlPlaneProcess);
    try {
      await runCommand(program, ...options, '--restore', resolve(file));
    } finally {
      processes.start(plan);
    }
    console.log(`${record.name} restored from ${file}`);
    return 0;
  },
};
