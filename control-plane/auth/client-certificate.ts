import { TLSSocket } from 'node:tls';
import type { Socket } from 'node:net';
import type { User } from '../apiserver/extension.ts';

const users = new WeakMap<Socket, User | null>();

/** Who a connection's client certificate says it is: the common name is the user, the organisations are its groups. Looked at once per connection. */
export function userOfConnection(socket: Socket): User | undefined {
  const known = users.get(socket);
  if (known !== undefined) return known ?? undefined;
  const user = socket instanceof TLSSocket && socket.authorized ? userOfSubject(socket) : undefined;
  users.set(socket, user ?? null);
  return user;
}

function userOfSubject(socket: TLSSocket): User | undefined {
  const subject = socket.getPeerCertificate().subject as { CN?: string | string[]; O?: string | string[] } | undefined;
  const name = [subject?.CN ?? []].flat().at(0);
  if (!name) return undefined;
  return { name, groups: [...[subject?.O ?? []].flat(), 'system:authenticated'] };
}
