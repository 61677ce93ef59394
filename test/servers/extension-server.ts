import { createHash, randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { createCa, issueCertificate, type KeyPair } from '../../lib/pki.ts';
import { frontProxyName } from '../../lib/names.ts';
import { freePort } from './search-server.ts';

export const zooGroup = 'zoo.example.com';
const base = `/apis/${zooGroup}/v1`;
/** Requests kept: a test looks at the last few. */
const MAX_SEEN = 1000;
const MAX_BODY_BYTES = 1024 * 1024;

interface Animal {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Record<string, unknown> & { readonly name: string; readonly namespace: string };
}

export interface ExtensionServerOptions {
  /** PEM: who may speak for users, under the front proxy's name. */
  readonly frontProxyCa: string;
  /** The name of its certificate. */
  readonly serverName: string;
}

/** A small API server of its own, as somebody would write one to extend a cluster: it serves `animals`, to whomever the front proxy names. */
export class ExtensionServer {
  /** What was asked, in order: method and URL, and the headers it came with. */
  readonly seen: { readonly line: string; readonly headers: IncomingHttpHeaders }[] = [];
  readonly ca: KeyPair;
  /** As servers were before there was one document of everything. */
  isOld = false;
  /** A further resource, to change what is served. */
  hasCages = false;
  readonly #server: Server;
  readonly #animals = new Map<string, Animal>();
  readonly #watchers = new Set<ServerResponse>();
  /** The last changes, for watches that begin behind them. */
  readonly #events: { readonly revision: number; readonly line: string }[] = [];
  readonly #sockets = new Set<Duplex>();
  #revision = 1;
  #port = 0;

  private constructor(options: ExtensionServerOptions, ca: KeyPair, serving: KeyPair) {
    this.ca = ca;
    this.#server = createServer(
      { ...serving, ca: options.frontProxyCa, requestCert: true, rejectUnauthorized: false },
      (request, response) => void this.#answer(request, response),
    );
    this.#server.on('upgrade', (request: IncomingMessage, socket: Duplex) => this.#upgrade(request, socket));
    this.#server.on('secureConnection', (socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
  }

  static async start(options: ExtensionServerOptions): Promise<ExtensionServer> {
    const nowMs = Date.now();
    const ca = await createCa('zoo-ca', nowMs);
    const serving = await issueCertificate(ca, {
      commonName: 'zoo',
      dnsNames: [options.serverName],
      usages: ['server'],
      nowMs,
    });
    const server = new ExtensionServer(options, ca, serving);
    await server.listen();
    return server;
  }

  get port(): number {
    return this.#port;
  }

  /** Begins to serve, again on the same port. */
  async listen(): Promise<void> {
    this.#port ||= await freePort();
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(this.#port, '127.0.0.1', resolve);
    });
  }

  async stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #isTrusted(request: IncomingMessage): boolean {
    const socket = request.socket as TLSSocket;
    return socket.authorized && socket.getPeerCertificate().subject?.CN === frontProxyName;
  }

  #upgrade(request: IncomingMessage, socket: Duplex): void {
    this.#see(request);
    if (!this.#isTrusted(request) || request.url?.includes('refuse') === true) {
      socket.write('HTTP/1.1 403 Forbidden\r\nContent-Length: 4\r\n\r\nnone');
      // Kept open, as many servers do: whoever asked may ask again.
      socket.on('data', (chunk: Buffer) => this.seen.push({ line: `afterwards ${chunk.toString()}`, headers: {} }));
      return;
    }
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: shout\r\n\r\n');
    socket.on('data', (chunk: Buffer) => socket.write(chunk.toString().toUpperCase()));
  }

  #see(request: IncomingMessage): void {
    this.seen.push({ line: `${request.method} ${request.url}`, headers: request.headers });
    if (this.seen.length > MAX_SEEN) this.seen.shift();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.#see(request);
    if (!this.#isTrusted(request)) {
      send(response, 401, status(401, 'Unauthorized', 'not the front proxy'));
      return;
    }
    const url = new URL(request.url ?? '/', 'https://zoo');
    const parts = url.pathname.slice(base.length + 1).split('/');
    if (url.pathname === '/apis') this.#discovery(request, response);
    else if (url.pathname === base) send(response, 200, this.#resourceList());
    else if (url.pathname === '/openapi/v2') send(response, 200, openapiV2Document);
    else if (url.pathname === '/openapi/v3') send(response, 200, openapiIndex);
    else if (url.pathname === `/openapi/v3${base}`) send(response, 200, openapiDocument);
    else if (parts[0] === 'elsewhere') response.writeHead(302, { location: 'https://example.com/' }).end();
    else if (parts[0] === 'echo') {
      // As it comes: the first part of the answer is out before the last of the body is in.
      response.writeHead(200, { 'content-type': 'application/octet-stream' });
      request.pipe(response);
    } else if (parts[0] === 'animals' && request.method === 'GET') this.#list(url, response, () => true);
    else if (parts[0] === 'namespaces' && parts[2] === 'animals')
      await this.#namespaced(request, response, url, parts[1] ?? '', parts[3]);
    else send(response, 404, status(404, 'NotFound', `no ${url.pathname}`));
  }

  async #namespaced(
    request: IncomingMessage,
    response: ServerResponse,
    url: URL,
    namespace: string,
    name: string | undefined,
  ): Promise<void> {
    const key = `${namespace}/${name ?? ''}`;
    const animal = this.#animals.get(key);
    if (request.method === 'POST') {
      const body = JSON.parse((await bodyOf(request)).toString('utf8')) as Animal;
      const made: Animal = {
        ...body,
        metadata: { ...body.metadata, namespace, uid: randomUUID(), resourceVersion: String(++this.#revision) },
      };
      this.#animals.set(`${namespace}/${made.metadata.name}`, made);
      this.#tell('ADDED', made);
      send(response, 201, made);
    } else if (name === undefined && request.method === 'GET')
      this.#list(url, response, (one) => one.metadata.namespace === namespace);
    else if (name === undefined && request.method === 'DELETE') {
      for (const one of this.#animals.values()) if (one.metadata.namespace === namespace) this.#remove(one);
      send(response, 200, status(200, '', ''));
    } else if (!animal) send(response, 404, status(404, 'NotFound', `animals.${zooGroup} "${name}" not found`));
    else if (request.method === 'DELETE') {
      this.#remove(animal);
      send(response, 200, animal);
    } else send(response, 200, animal);
  }

  #remove(animal: Animal): void {
    this.#animals.delete(`${animal.metadata.namespace}/${animal.metadata.name}`);
    this.#revision++;
    this.#tell('DELETED', animal);
  }

  #list(url: URL, response: ServerResponse, matches: (animal: Animal) => boolean): void {
    const items = [...this.#animals.values()].filter(matches);
    if (url.searchParams.get('watch') !== null && url.searchParams.get('watch') !== 'false') {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.flushHeaders();
      const after = url.searchParams.get('resourceVersion');
      for (const event of this.#events) if (after && event.revision > Number(after)) response.write(event.line);
      this.#watchers.add(response);
      response.once('close', () => this.#watchers.delete(response));
      return;
    }
    const metadata = { resourceVersion: String(this.#revision) };
    send(response, 200, { apiVersion: `${zooGroup}/v1`, kind: 'AnimalList', metadata, items });
  }

  #tell(type: string, object: Animal): void {
    const line = `${JSON.stringify({ type, object })}\n`;
    this.#events.push({ revision: this.#revision, line });
    if (this.#events.length > MAX_SEEN) this.#events.shift();
    for (const watcher of this.#watchers) watcher.write(line);
  }

  #discovery(request: IncomingMessage, response: ServerResponse): void {
    if (this.isOld) {
      send(response, 200, { kind: 'APIGroupList', apiVersion: 'v1', groups: [] });
      return;
    }
    const resources = this.#resourceList().resources.map(({ name, singularName, namespaced, kind, verbs }) => ({
      resource: name,
      singularResource: singularName,
      scope: namespaced ? 'Namespaced' : 'Cluster',
      responseKind: { group: zooGroup, version: 'v1', kind },
      verbs,
    }));
    const document = {
      kind: 'APIGroupDiscoveryList',
      apiVersion: 'apidiscovery.k8s.io/v2',
      items: [{ metadata: { name: zooGroup }, versions: [{ version: 'v1', freshness: 'Current', resources }] }],
    };
    const etag = `"${createHash('sha256').update(JSON.stringify(document)).digest('hex')}"`;
    if (request.headers['if-none-match'] === etag) {
      response.writeHead(304, { etag }).end();
      return;
    }
    const type = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
    send(response, 200, document, { etag, 'content-type': type });
  }

  #resourceList() {
    const verbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'watch'];
    const animals = { name: 'animals', singularName: 'animal', namespaced: true, kind: 'Animal', verbs };
    const cages = { name: 'cages', singularName: 'cage', namespaced: false, kind: 'Cage', verbs: ['get'] };
    return {
      kind: 'APIResourceList',
      apiVersion: 'v1',
      groupVersion: `${zooGroup}/v1`,
      resources: this.hasCages ? [animals, cages] : [animals],
    };
  }
}

const openapiV2Document = {
  swagger: '2.0',
  paths: { [`${base}/animals`]: { get: { responses: { '200': { description: 'OK' } } } } },
  definitions: {
    'com.example.zoo.v1.Animal': {
      type: 'object',
      'x-kubernetes-group-version-kind': [{ group: zooGroup, version: 'v1', kind: 'Animal' }],
    },
  },
};
const openapiIndex = { paths: { [base.slice(1)]: { serverRelativeURL: `/openapi/v3${base}?hash=ZOO` } } };
const openapiDocument = {
  openapi: '3.0.0',
  info: { title: 'zoo', version: '1' },
  paths: {
    [`${base}/namespaces/{namespace}/animals`]: {
      post: { 'x-kubernetes-group-version-kind': { group: zooGroup, version: 'v1', kind: 'Animal' } },
    },
  },
  components: {
    schemas: {
      'com.example.zoo.v1.Animal': {
        type: 'object',
        description: 'Animal is one that lives in the zoo.',
        properties: { legs: { type: 'integer', description: 'How many there are to walk on.' } },
        'x-kubernetes-group-version-kind': [{ group: zooGroup, version: 'v1', kind: 'Animal' }],
      },
    },
  },
};

function send(response: ServerResponse, code: number, body: object, headers: Record<string, string> = {}): void {
  response.writeHead(code, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}

function status(code: number, reason: string, message: string): object {
  const result = code < 400 ? 'Success' : 'Failure';
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: result, code, reason, message };
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) throw new Error('too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
