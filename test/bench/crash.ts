import { crashRun } from '../support/log-store/crash-run.ts';

const KILLS = Number(process.env['BENCH_KILLS'] ?? 500);

/** The embedded store killed -9 again and again while lines come in: what was acknowledged and is not there, what is there twice. */
export async function run(): Promise<void> {
  const { kills, sent, missing, duplicate, changed, quarantinedBlocks } = await crashRun(KILLS);
  console.log(
    `crash: ${kills} kills, ${sent} lines acknowledged: ${missing} missing, ${duplicate} twice, ${changed} changed, ${quarantinedBlocks} blocks damaged`,
  );
}
