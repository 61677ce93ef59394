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
  usage: 'FILE --yes [--name NAME] [--encryption-config FILE]',
  options: {
    ...nameOption,
    yes: { type: 'boolean', help: 'what was made since the backup goes' },
    'encryption-config': {
      type: 'string',
      help: "FILE with the keys of the backup's secrets (pki/encryption.json), when it is another cluster's or a key has gone since",
    },
  },
  async run(args, context) {
    const [file, ...more] = args.positionals;
    if (file === undefined || more.length > 0)
      throw new VigilError('USAGE', 'invalid', 'name the file: kctl restore FILE --yes');
    const keys = args.string('encryption-config');
    for (const needed of [file, keys])
      if (needed !== undefined && !existsSync(needed))
        throw new VigilError('USAGE', 'invalid', `there is no file ${needed}`);
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
      const more = keys === undefined ? [] : ['--encryption-config', resolve(keys)];
      await runCommand(program, ...options, '--restore', resolve(file), ...more);
    } finally {
      processes.start(plan);
    }
    console.log(`${record.name} restored from ${file}`);
    return 0;
  },
};
