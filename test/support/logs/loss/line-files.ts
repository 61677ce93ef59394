import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { containerId, dockerEntry, DockerLogFiles, logSource, writeSource } from '../docker-log-files.ts';
import { numberedLine } from './loss-count.ts';

/** Writers without containers and what they are to write. */
export interface LinePlan {
  /** `containers` and `sources` are made in it. */
  readonly root: string;
  readonly writers: number;
  readonly linesEach: number;
  /** Each writer rotates its file after so many lines. */
  readonly rotateEvery: number;
  /** How long all the writing takes, roughly. */
  readonly durationMs: number;
  readonly keptFiles: number;
}

const PAUSE_MS = 20;

/** Numbered lines in bursts with rotation, as an engine would write them; every 97th comes in two pieces. Ends with every container announced as ended. */
export async function writeLines(plan: LinePlan): Promise<void> {
  const files = Array.from({ length: plan.writers }, (_, w) => {
    const log = new DockerLogFiles(join(plan.root, 'containers'), containerId(w), plan.keptFiles);
    writeFileSync(log.path, '');
    writeSource(join(plan.root, 'sources'), logSource(log.containerId, log.path, { pod: `writer-${w}` }));
    return log;
  });
  const burst = Math.max(1, Math.round(plan.linesEach / (plan.durationMs / PAUSE_MS)));
  let timeNs = BigInt(Date.now()) * 1_000_000n;
  for (let from = 0; from < plan.linesEach; from += burst) {
    for (const [w, log] of files.entries()) {
      let text = '';
      for (let n = from; n < Math.min(from + burst, plan.linesEach); n++) {
        const line = `${numberedLine(w, n)}\n`;
        timeNs += 1_001n;
        if (n % 97 === 0) text += dockerEntry(line.slice(0, 9), timeNs) + dockerEntry(line.slice(9), timeNs + 1n);
        else text += dockerEntry(line, timeNs, n % 5 === 0 ? 'stderr' : 'stdout');
        if (n > 0 && n % plan.rotateEvery === 0) {
          log.append(text);
          text = '';
          log.rotate();
        }
      }
      log.append(text);
    }
    await sleep(PAUSE_MS);
  }
  for (const log of files) {
    const endedAt = new Date().toISOString();
    writeSource(join(plan.root, 'sources'), logSource(log.containerId, log.path, { endedAt }));
  }
}
