import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DockerEndpoint } from './docker-endpoint.ts';

let server: Server;
let docker: DockerEndpoint;
let respond: (request: IncomingMessage, response: ServerResponse) => void;

beforeEach(async () => {
  server = createServer((request, response) => respond(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  docker = new DockerEndpoint(`tcp://127.0.0.1:${(server.address() as AddressInfo).port}`);
});

afterEach(() => {
  server.closeAllConnections();
  server.close();
});

describe('calls to the engine', () => {
  test.each([
    [404, 'notFound'],
    [409, 'conflict'],
    [400, 'invalid'],
    [500, 'transient'],
  ])('status %i is an error of class %s with the engine’s own words', async (status, errorClass) => {
    respond = (_request, response) => response.writeHead(status).end('{"message":"No such container: x"}');
    const expected = { code: 'DOCKER_REQUEST_FAILED', class: errorClass, message: 'No such container: x' };
    await expect(docker.json('GET', '/containers/x/json')).rejects.toMatchObject(expected);
    await expect(docker.hijack('/exec/x/start', {})).rejects.toMatchObject(expected);
  });

  test('an answer without end is not read to its end', async () => {
    respond = (_request, response) => {
      const more = () => {
        if (!response.destroyed) response.write(Buffer.alloc(64 * 1024, ' '), () => setImmediate(more));
      };
      more();
    };
    await expect(docker.json('GET', '/info')).rejects.toMatchObject({ code: 'DOCKER_ANSWER_TOO_LARGE' });
  });

  test('a hijacked connection carries bytes both ways, also those that came with the answer', async () => {
    server.on('upgrade', (request, socket) => {
      expect(request.headers).toMatchObject({ upgrade: 'tcp' });
      socket.write('HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\nhello ');
      socket.once('data', (chunk: Buffer) => socket.end(chunk.toString().toUpperCase()));
    });
    const connection = await docker.hijack('/exec/x/start', { Tty: false });
    let received = '';
    connection.on('data', (chunk: Buffer) => (received += chunk.toString()));
    connection.write('world');
    await once(connection, 'end');
    expect(received).toBe('hello WORLD');
  });

  test('an engine that is not there is an error, and an endpoint that is none is refused', async () => {
    await expect(new DockerEndpoint('unix:///nowhere.sock').json('GET', '/info')).rejects.toThrow('ENOENT');
    expect(() => new DockerEndpoint('ssh://host')).toThrow(
      expect.objectContaining({ code: 'DOCKER_ENDPOINT_INVALID' }),
    );
  });
});
