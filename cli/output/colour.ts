/** Colour means state and never stands alone: the word beside it says the same. */
export type Tone = 'ok' | 'warn' | 'bad' | 'dim' | 'bold' | 'plain';

const codes: Readonly<Record<Tone, string>> = { ok: '32', warn: '33', bad: '31', dim: '2', bold: '1', plain: '' };

export type Paint = (tone: Tone, text: string) => string;

/** A painter for a stream: plain where colour is not wanted (piped, NO_COLOR). */
export function painter(
  stream: { readonly isTTY?: boolean },
  env: Readonly<Record<string, string | undefined>>,
  off = false,
): Paint {
  const colour = !off && stream.isTTY === true && (env['NO_COLOR'] ?? '') === '';
  return (tone, text) => (colour && tone !== 'plain' ? `\u001b[${codes[tone]}m${text}\u001b[0m` : text);
}
