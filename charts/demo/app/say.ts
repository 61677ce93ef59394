/** One readable line: level, then what happened. */
export function log(level: 'debug' | 'info' | 'warn' | 'error', message: string): void {
  process.stdout.write(`${level.toUpperCase().padEnd(5)} ${message}\n`);
}
