import { pino, type Logger as PinoLogger } from 'pino';

/** A structured log: a constant sentence and fields. error = data lost or a person is needed, warn = odd but handled, info = lifecycle and decisions. */
export type Logger = PinoLogger;

/** The process's log: JSON lines on standard error, with secrets removed by name. */
export function createLog(name: string, level = 'info'): Logger {
  return pino(
    {
      name,
      level,
      base: { name },
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      redact: {
        paths: ['token', '*.token', 'password', '*.password', 'authorization', '*.authorization', 'apiKey', '*.apiKey'],
        censor: '[redacted]',
      },
    },
    process.stderr,
  );
}

/** A log that says nothing, for tests and for library use. */
export const silentLog: Logger = pino({ level: 'silent' });
