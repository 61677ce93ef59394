import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { RecordedVerdicts } from './recorded-verdict.ts';

const recordOf = (kind: string) => join(import.meta.dirname, 'recorded', `${kind}.json`);
const knownOf = (kind: string) => join(import.meta.dirname, 'known-differences', `${kind}.json`);

/** What kube-apiserver said. */
export function readRecord(kind: string): RecordedVerdicts {
  return JSON.parse(readFileSync(recordOf(kind), 'utf8')) as RecordedVerdicts;
}

export function writeRecord(kind: string, verdicts: RecordedVerdicts): void {
  const sections = Object.entries(verdicts).map(([asked, about]) => {
    const lines = Object.entries(about).map(([name, one]) => `${JSON.stringify(name)}:${JSON.stringify(one)}`);
    return `${JSON.stringify(asked)}:{\n${lines.join(',\n')}\n}`;
  });
  write(recordOf(kind), `{${sections.join(',\n')}}\n`);
}

/** The variations of a kind of which Vigil is known to say something else. */
export function readKnownDifferences(kind: string): readonly string[] {
  return existsSync(knownOf(kind)) ? (JSON.parse(readFileSync(knownOf(kind), 'utf8')) as readonly string[]) : [];
}

export function writeKnownDifferences(kind: string, names: readonly string[]): void {
  if (names.length === 0) rmSync(knownOf(kind), { force: true });
  else write(knownOf(kind), `[\n${names.map((name) => JSON.stringify(name)).join(',\n')}\n]\n`);
}

function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}
