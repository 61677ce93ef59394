import { parentPort, workerData } from 'node:worker_threads';
import { messageOf } from '../../lib/errors.ts';
import { SqliteDatabase } from './sqlite-database.ts';
import type { WorkerReply, WorkerRequest } from './sqlite-messages.ts';

/** The thread that owns the database file, so that waiting for the disk holds up nobody else. Replies come in the order of the requests. */
const port = parentPort;
if (!port) throw new Error('runs only as a worker of the SQLite store');

const { path } = workerData as { path: string };
const database = new SqliteDatabase(path);
const reply = (message: WorkerReply): void => port.postMessage(message);

port.on('message', (request: WorkerRequest) => {
  switch (request.kind) {
    case 'writes':
      try {
        reply({ kind: 'written', outcomes: database.write(request.writes) });
      } catch (error) {
        reply({ kind: 'notWritten', message: messageOf(error) });
      }
      return;
    case 'get':
    case 'list':
      try {
        const one = request.kind === 'get' ? database.get(request.key) : undefined;
        const entries = request.kind === 'list' ? database.list(request.prefix) : one ? [one] : [];
        reply({ kind: 'entries', id: request.id, revision: database.revision, entries });
      } catch (error) {
        reply({ kind: 'failed', id: request.id, message: messageOf(error) });
      }
      return;
    case 'close':
      database.close();
      reply({ kind: 'closed' });
      port.close();
  }
});

reply({ kind: 'opened', revision: database.revision });
