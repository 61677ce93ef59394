import { crashRun } from '../support/log-store/crash-run.ts';

const KILLS = Number(process.env['BENCH_KILLS'] ?? 500);
/** A line is printed each so many kills: the run takes minutes. */
const KILLS_A_LINE = 25;

/** The embedded store killed -9 again and again while lines come in: what was acknowledged and is not there, what is there twice. */
export async function run(): Promise<void> {
  const { kills, sent, missing, duplicate, changed, quarantinedBlocks } = await crashRun(KILLS, (count, startMs) => {
    if (count % KILLS_A_LINE === 0)
      console.log(`  ${count} of ${KILLS} kills; answers ${Math.round(startMs)} ms after the last`);
  });
  console.log(
    `crash: ${kills} kills, ${sent} lines acknowledged: ${missing} missing, ${duplicate} twice, ${changed} changed, ${quarantinedBlocks} blocks damaged`,
  );
}
