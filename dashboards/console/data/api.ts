import { signOut, token } from './session.ts';

/** An answer that is not a success, in the server's words. */
export class ApiProblem extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.name = 'ApiProblem';
    this.status = status;
  }
}

/** Called when the token is not (or no longer) good. */
let onSignedOut = () => {};

export function whenSignedOut(run: () => void): void {
  onSignedOut = run;
}

async function send(path: string, init: RequestInit): Promise<Response> {
  const response = await fetch(path, {
    ...init,
    headers: {
      accept: 'application/json',
      authorization: `Bearer ${token() ?? ''}`,
      ...(init.body ? { 'content-type': 'application/json' } : {}),
    },
  });
  if (response.ok) return response;
  const text = await response.text();
  if (response.status === 401) {
    signOut();
    onSignedOut();
  }
  throw new ApiProblem(response.status, messageOf(text) ?? `the server answered ${response.status}`);
}

function messageOf(text: string): string | undefined {
  try {
    const status = JSON.parse(text) as { message?: unknown };
    return typeof status.message === 'string' ? status.message : undefined;
  } catch {
    return undefined;
  }
}

export async function getJson<T>(path: string, signal?: AbortSignal): Promise<T> {
  return (await (await send(path, signal ? { signal } : {})).json()) as T;
}

export async function postJson<T>(path: string, body: unknown, signal?: AbortSignal): Promise<T> {
  return (await (
    await send(path, { method: 'POST', body: JSON.stringify(body), ...(signal ? { signal } : {}) })
  ).json()) as T;
}

/** One JSON value a line until the server ends the stream or `signal` aborts. */
export async function* jsonLines<T>(path: string, signal: AbortSignal): AsyncGenerator<T> {
  const response = await send(path, { signal });
  if (!response.body) return;
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const parts = (rest + value).split('\n');
    rest = parts.pop() ?? '';
    for (const part of parts) if (part !== '') yield JSON.parse(part) as T;
  }
}

/** Runs `read` again and again, a little later each time it fails, until `signal` aborts. `state` hears whether the stream stands. */
export async function keepReading(
  read: () => Promise<void>,
  signal: AbortSignal,
  state: (live: boolean) => void,
): Promise<void> {
  for (let failures = 0; !signal.aborted;) {
    try {
      state(true);
      await read();
      failures = 0;
    } catch (error) {
      if (signal.aborted || (error instanceof ApiProblem && (error.status === 401 || error.status === 403))) return;
      failures++;
    }
    state(false);
    const delayMs = Math.min(250 * 2 ** failures, 5000);
    await new Promise((resolve) => setTimeout(resolve, delayMs));
  }
}
