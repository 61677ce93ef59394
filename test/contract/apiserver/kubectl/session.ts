import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { runProgram, type ProgramResult } from '../../../support/run-program.ts';
import { ControlPlaneProcess } from '../control-plane-process.ts';

/** A command and what it says: a part of it, or a pattern. Words with spaces stand in single quotes. */
export type Row = readonly [command: string, says: string | RegExp, input?: string | object];

export interface RunOptions {
  readonly input?: string | object | undefined;
  readonly env?: Readonly<Record<string, string>>;
  readonly kubeconfig?: string;
}

/** Verbs that know no namespace. */
const withoutNamespace: ReadonlySet<string> = new Set(['help', 'plugin', '__complete', 'completion', 'options']);
/** kubectl processes at a time: each costs a tenth of a second of a core. */
const PARALLEL = 4;

interface Counter {
  commands: number;
  readonly verbs: Set<string>;
}

/** kubectl against one control plane, in one namespace. Sessions of other namespaces share the server and the count of commands. */
export class KubectlSession {
  readonly server: ControlPlaneProcess;
  readonly dir: string;
  readonly namespace: string;
  readonly #counter: Counter;

  private constructor(server: ControlPlaneProcess, dir: string, namespace: string, counter: Counter) {
    this.server = server;
    this.dir = dir;
    this.namespace = namespace;
    this.#counter = counter;
  }

  static async start(): Promise<KubectlSession> {
    const dir = await mkdtemp(join(tmpdir(), 'vigil-kubectl-'));
    const server = await ControlPlaneProcess.create('memory');
    await server.start();
    return new KubectlSession(server, dir, 'default', { commands: 0, verbs: new Set() });
  }

  async stop(): Promise<void> {
    await this.server.remove();
    await rm(this.dir, { recursive: true, force: true });
  }

  /** The same server in a namespace of its own, which is made. */
  async in(namespace: string): Promise<KubectlSession> {
    const session = new KubectlSession(this.server, this.dir, namespace, this.#counter);
    await this.says(`create namespace ${namespace}`);
    await session.says(`wait sa/default --for=create --timeout=20s`);
    return session;
  }

  /** Commands of which a test has looked at the outcome. */
  get commands(): number {
    return this.#counter.commands;
  }

  /** First words of the commands. */
  get verbs(): ReadonlySet<string> {
    return this.#counter.verbs;
  }

  /** Runs a command, whatever its outcome. */
  run(command: string, { input, env = {}, kubeconfig }: RunOptions = {}): Promise<ProgramResult> {
    const words = wordsOf(command);
    this.#counter.commands++;
    this.#counter.verbs.add(words.find((word) => !word.startsWith('-')) ?? '');
    return runProgram('kubectl', this.#inNamespace(words), {
      env: { KUBECONFIG: kubeconfig ?? this.server.kubeconfig, HOME: this.dir, ...env },
      cwd: this.dir,
      ...(input === undefined ? {} : { input: typeof input === 'string' ? input : JSON.stringify(input) }),
    });
  }

  /** Runs a command that succeeds; resolves with what it printed, of which `expected` is a part. */
  async says(command: string, expected: string | RegExp = '', options: RunOptions = {}): Promise<string> {
    const { code, stdout, stderr } = await this.run(command, options);
    expect.soft(code, `kubectl ${command}: ${stderr}`).toBe(0);
    check(command, stdout, expected);
    return stdout;
  }

  /** Runs a command that fails; resolves with what it complained, of which `expected` is a part. */
  async complains(command: string, expected: string | RegExp, options: RunOptions = {}): Promise<string> {
    const { code, stdout, stderr } = await this.run(command, options);
    expect.soft(code, `kubectl ${command}: ${stdout}`).not.toBe(0);
    check(command, stderr, expected);
    return stderr;
  }

  /** Commands in this order, each of which succeeds. */
  async inOrder(rows: readonly Row[]): Promise<void> {
    for (const [command, says, input] of rows) await this.says(command, says, { input });
  }

  /** Commands that do not depend on each other, some at a time, each of which succeeds. */
  async inAnyOrder(rows: readonly Row[]): Promise<void> {
    await this.#parallel(rows, async ([command, says, input]) => void (await this.says(command, says, { input })));
  }

  /** Commands that do not depend on each other, some at a time, each of which fails. */
  async allComplain(rows: readonly Row[]): Promise<void> {
    await this.#parallel(rows, async ([command, says, input]) => void (await this.complains(command, says, { input })));
  }

  /** A file in the session's folder, which is where commands run. */
  async file(name: string, content: string | object): Promise<void> {
    const text = typeof content === 'string' ? content : JSON.stringify(content);
    await writeFile(join(this.dir, name), text, { mode: 0o755 });
  }

  /** Behind the verb, since a plugin or a completion could not stand behind a flag. */
  #inNamespace(words: readonly string[]): readonly string[] {
    const [verb = '', ...rest] = words;
    if (verb.startsWith('-') || withoutNamespace.has(verb)) return words;
    return [verb, '--namespace', this.namespace, ...rest];
  }

  async #parallel(rows: readonly Row[], run: (row: Row) => Promise<void>): Promise<void> {
    const waiting = rows.values();
    const work = async () => {
      for (const row of waiting) await run(row);
    };
    await Promise.all(Array.from({ length: PARALLEL }, work));
  }
}

function check(command: string, text: string, expected: string | RegExp): void {
  if (typeof expected === 'string') expect.soft(text, `kubectl ${command}`).toContain(expected);
  else expect.soft(text, `kubectl ${command}`).toMatch(expected);
}

function wordsOf(command: string): readonly string[] {
  return [...command.matchAll(/(?:'[^']*'|[^\s'])+/g)].map(([word]) => word.replaceAll("'", ''));
}
