import { fstatSync, write } from 'node:fs';
import { Socket } from 'node:net';
import { promisify } from 'node:util';

/** Writes all of the bytes; rejects with the system's error. */
export type WriteAll = (bytes: Buffer) => Promise<void>;

const writeOnce = promisify(write);

/**
 * A writer to a file descriptor that never keeps the process waiting, as `process.stdout` does with a pipe that nobody reads: pipes and sockets through the event
 * loop, files and terminals off the main thread. A repetition after an error goes on behind what was written.
 */
export function writerTo(fd: number): WriteAll {
  const info = fstatSync(fd);
  return info.isFIFO() || info.isSocket() ? pipeWriter(fd) : fileWriter(fd);
}

function pipeWriter(fd: number): WriteAll {
  const socket = new Socket({ fd, readable: false, writable: true });
  // Told to the write that failed; without a listener it would end the process.
  socket.on('error', () => undefined);
  return (bytes) =>
    new Promise((resolve, reject) => {
      socket.write(bytes, (error) => {
        if (error) reject(error);
        else resolve();
      });
    });
}

function fileWriter(fd: number): WriteAll {
  let current: Buffer | undefined;
  let written = 0;
  return async (bytes) => {
    if (bytes !== current) written = 0;
    current = bytes;
    while (written < bytes.length) {
      written += (await writeOnce(fd, bytes, written, bytes.length - written, null)).bytesWritten;
    }
  };
}
