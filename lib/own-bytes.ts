/**
 * The bytes of a text in memory of their own. `Buffer.from(text)` cuts short ones out of a block of 8 KB that it shares with whatever is made meanwhile: to keep
 * one of them for long is to keep all of the block.
 */
export function ownBytes(text: string, encoding: 'utf8' | 'base64' = 'utf8'): Buffer {
  const bytes = Buffer.allocUnsafeSlow(Buffer.byteLength(text, encoding));
  const length = bytes.write(text, encoding);
  // What is no base64 is longer than its bytes.
  return length === bytes.length ? bytes : bytes.subarray(0, length);
}
