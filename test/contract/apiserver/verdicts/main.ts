import { parseArgs } from 'node:util';
import { buildPeer, KubeApiServer } from '../../../bench/api/peer/kube-apiserver.ts';
import { ControlPlaneProcess } from '../control-plane-process.ts';
import { differing } from './ask-all.ts';
import { Judge } from './judge.ts';
import type { RecordedVerdicts } from './recorded-verdict.ts';
import { readRecord, writeKnownDifferences, writeRecord } from './records.ts';
import { subjects, type Subject } from './subjects.ts';

/*
 * `node test/contract/apiserver/verdicts/main.ts [--record] [--known] [SUBJECT…]`: what Vigil says to each variation of each kind, and to other requests, beside what kube-apiserver said.
 * `--record` asks a real one anew (it needs Go, and its first build takes many minutes); `--known` takes the differences that are found for known ones.
 */
const { values, positionals } = parseArgs({
  options: { record: { type: 'boolean' }, known: { type: 'boolean' } },
  allowPositionals: true,
});
const names = positionals.length > 0 ? positionals : Object.keys(subjects);

async function record(): Promise<void> {
  await buildPeer();
  const server = await KubeApiServer.create();
  try {
    const { port, ...identity } = (await server.start()).address;
    const judge = new Judge({ server: `https://127.0.0.1:${port}`, ...identity });
    for (const name of names) writeRecord(name, await subjectOf(name)(judge));
    judge.close();
  } finally {
    await server.remove();
  }
}

async function compare(): Promise<void> {
  const server = await ControlPlaneProcess.create('memory', { profile: 'kubernetes' });
  try {
    await server.start();
    const judge = new Judge({ server: server.url, ca: server.ca.cert, ...(await server.identity('admin')) });
    let count = 0;
    for (const name of names) {
      const [own, upstream] = [await subjectOf(name)(judge), readRecord(name)];
      const found = differing(own, upstream);
      for (const one of found) print(name, one, own, upstream);
      if (values.known) writeKnownDifferences(name, found);
      count += found.length;
    }
    console.log(`${count} differences`);
    judge.close();
  } finally {
    await server.remove();
  }
}

function subjectOf(name: string): Subject {
  const subject = subjects[name];
  if (!subject) throw new Error(`there is no subject "${name}"`);
  return subject;
}

function print(subject: string, name: string, own: RecordedVerdicts, upstream: RecordedVerdicts): void {
  const section = name.slice(0, name.indexOf(' '));
  const variation = name.slice(section.length + 1);
  console.log(`${subject} ${name}`);
  console.log(`  Vigil           ${JSON.stringify(own[section]?.[variation])}`);
  console.log(`  kube-apiserver  ${JSON.stringify(upstream[section]?.[variation])}`);
}

if (values.record) await record();
await compare();
process.exit(0);
