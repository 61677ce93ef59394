const ESC = '\u001b';

/**
 * A message as it may be sent to a terminal: colours are kept and ended, everything else that could move the cursor, rename the window or fill the clipboard is shown
 * instead of done. Whoever can write a line must not be able to control the terminal of whoever reads it.
 */
export function visible(message: string): string {
  // eslint-disable-next-line no-control-regex -- control characters are what this is about
  if (!/[\u0000-\u0008\u000a-\u001f\u007f-\u009f]/.test(message)) return message;
  let hasColour = false;
  // eslint-disable-next-line no-control-regex -- the same
  const shown = message.replaceAll(/\u001b\[[0-9;]{0,20}m|[\u0000-\u0008\u000a-\u001f\u007f-\u009f]/g, (found) => {
    if (found.startsWith(`${ESC}[`)) {
      hasColour = true;
      return found;
    }
    const code = found.charCodeAt(0);
    // The pictures of control characters; C1 controls have none.
    return code < 0x20 ? String.fromCharCode(0x2400 + code) : code === 0x7f ? '\u2421' : '\ufffd';
  });
  return hasColour ? `${shown}${ESC}[0m` : shown;
}
