import { helpOf, parseVerbArguments, type KctlContext } from './command.ts';
import { messageOf, VigilError } from '../lib/errors.ts';
import { pointerLines, QueryError } from '../lib/log-query/query-error.ts';
import { verbs, type VerbEntry } from './verbs.ts';

/** Exit codes: 0 done, 1 failed, 2 called wrongly, 130 interrupted. */
const EXIT_FAILED = 1;
const EXIT_USAGE = 2;
const EXIT_INTERRUPTED = 130;

const groupTitles = { cluster: 'Clusters', look: 'Look', change: 'Change', demo: 'Demo' } as const;

function overview(): string {
  const lines = ['kctl: a cluster that watches itself', '', 'usage: kctl VERB [arguments]'];
  for (const [group, title] of Object.entries(groupTitles)) {
    const members = verbs.filter((verb) => verb.group === group);
    if (members.length === 0) continue;
    lines.push('', `${title}:`, ...members.map((verb) => `  ${verb.name.padEnd(14)} ${verb.summary}`));
  }
  lines.push('', 'kctl VERB --help says more; everything else kubectl can do works with kubectl.');
  return lines.join('\n');
}

async function runVerb(entry: VerbEntry, argv: readonly string[], context: KctlContext): Promise<number> {
  const verb = await entry.load();
  const own = argv.includes('--') ? argv.slice(0, argv.indexOf('--')) : argv;
  if (own.includes('--help') || (own.includes('-h') && !Object.values(verb.options).some((o) => o.short === 'h'))) {
    console.log(helpOf(entry.name, verb));
    return 0;
  }
  return await verb.run(parseVerbArguments(verb, argv), context);
}

async function main(): Promise<number> {
  const interrupted = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.once(name, () => interrupted.abort(new VigilError('INTERRUPTED', 'terminal', 'interrupted')));
  }
  const context: KctlContext = {
    env: process.env,
    cwd: process.cwd(),
    signal: interrupted.signal,
    stdout: process.stdout,
    stderr: process.stderr,
    stdin: process.stdin,
  };
  const [name, ...argv] = process.argv.slice(2);
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
    console.log(overview());
    return name === undefined ? EXIT_USAGE : 0;
  }
  const entry = verbs.find((verb) => verb.name === name);
  if (!entry) {
    console.error(`kctl: there is no verb "${name}"; kctl help lists them`);
    return EXIT_USAGE;
  }
  try {
    return await runVerb(entry, argv, context);
  } catch (error) {
    if (interrupted.signal.aborted) return EXIT_INTERRUPTED;
    console.error(`kctl ${name}: ${messageOf(error)}`);
    if (error instanceof QueryError) {
      for (const line of pointerLines(error)) console.error(`  ${line}`);
      return EXIT_USAGE;
    }
    if (process.env['VIGIL_DEBUG'] && error instanceof Error) console.error(error.stack, error.cause ?? '');
    if (!(error instanceof VigilError) || error.code !== 'USAGE') return EXIT_FAILED;
    console.error(`kctl ${name} --help shows how it is called`);
    return EXIT_USAGE;
  }
}

// A reader that has seen enough (`kctl logs | head`) is not an error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : EXIT_FAILED));

process.exitCode = await main();
