import { mustRun, runProgram, type ProgramResult } from '../../support/run-program.ts';
import type { ControlPlaneProcess } from '../apiserver/control-plane-process.ts';

/** kubectl as the administrator of a control plane, for what these tests set up and look at. */
export class Kubectl {
  readonly #env: Readonly<Record<string, string>>;

  constructor(plane: ControlPlaneProcess) {
    this.#env = { KUBECONFIG: plane.kubeconfig, HOME: plane.dir };
  }

  /** Never rejects because of what the server says. */
  try(args: readonly string[], input?: unknown): Promise<ProgramResult> {
    return runProgram('kubectl', args, { env: this.#env, ...inputOf(input) });
  }

  run(args: readonly string[], input?: unknown): Promise<string> {
    return mustRun('kubectl', args, { env: this.#env, ...inputOf(input) });
  }

  async apply(...objects: readonly object[]): Promise<void> {
    await this.run(['apply', '-f', '-'], { apiVersion: 'v1', kind: 'List', items: objects });
  }

  /** An object, or `undefined` when there is none of that name. */
  async get(args: readonly string[]): Promise<unknown> {
    const text = await this.run(['get', ...args, '-o', 'json', '--ignore-not-found']);
    return text === '' ? undefined : JSON.parse(text);
  }
}

function inputOf(input: unknown): { readonly input?: string } {
  return input === undefined ? {} : { input: JSON.stringify(input) };
}
