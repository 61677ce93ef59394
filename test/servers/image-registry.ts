import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { tarOf } from '../../cli/cluster/images/tar-file.ts';

const MANIFEST_TYPE = 'application/vnd.docker.distribution.manifest.v2+json';

interface Blob {
  readonly type: string;
  readonly bytes: Buffer;
}

/** A registry of images on the machine's own address, which engines pull from without TLS. It keeps them in memory. */
export class ImageRegistry {
  readonly #server: Server;
  readonly #login: string | undefined;
  readonly #blobs = new Map<string, Blob>();
  /** Digests of manifests by `name:tag`. */
  readonly #tags = new Map<string, string>();

  private constructor(login: string | undefined) {
    this.#login = login;
    this.#server = createServer((request, response) => this.#answer(request, response));
  }

  /** `login`: `user:password`, which it then asks for. */
  static async start(login?: string): Promise<ImageRegistry> {
    const registry = new ImageRegistry(login);
    registry.#server.listen(0, '127.0.0.1');
    await once(registry.#server, 'listening');
    return registry;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  get address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Keeps an image of one layer with these files, by path; resolves with the reference to pull it by. */
  async push(name: string, tag: string, files: Readonly<Record<string, string>>): Promise<string> {
    const entries = Object.entries(files).map(([path, text]) => ({ kind: 'text', name: path, text }) as const);
    const layer = await buffer(tarOf(entries));
    const config = {
      architecture: process.arch === 'arm64' ? 'arm64' : 'amd64',
      os: 'linux',
      config: {},
      rootfs: { type: 'layers', diff_ids: [digestOf(layer)] },
    };
    const manifest = {
      schemaVersion: 2,
      mediaType: MANIFEST_TYPE,
      config: this.#keep('application/vnd.docker.container.image.v1+json', Buffer.from(JSON.stringify(config))),
      layers: [this.#keep('application/vnd.docker.image.rootfs.diff.tar.gzip', gzipSync(layer))],
    };
    this.#tags.set(`${name}:${tag}`, this.#keep(MANIFEST_TYPE, Buffer.from(JSON.stringify(manifest))).digest);
    return `${this.address}/${name}:${tag}`;
  }

  #keep(mediaType: string, bytes: Buffer): { mediaType: string; size: number; digest: string } {
    const digest = digestOf(bytes);
    this.#blobs.set(digest, { type: mediaType, bytes });
    return { mediaType, size: bytes.length, digest };
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const [, name = '', what = ''] = /^\/v2\/(.+)\/(?:manifests|blobs)\/(.+)$/.exec(request.url ?? '') ?? [];
    const basic = this.#login === undefined ? undefined : `Basic ${Buffer.from(this.#login).toString('base64')}`;
    if (basic !== undefined && request.headers.authorization !== basic) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="images"' }).end();
      return;
    }
    if (request.url === '/v2/') {
      response.writeHead(200).end('{}');
      return;
    }
    const digest = this.#tags.get(`${name}:${what}`) ?? what;
    const blob = this.#blobs.get(digest);
    if (!blob) {
      response.writeHead(404).end('{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown"}]}');
      return;
    }
    response.writeHead(200, {
      'content-type': blob.type,
      'content-length': blob.bytes.length,
      'docker-content-digest': digest,
    });
    response.end(request.method === 'HEAD' ? undefined : blob.bytes);
  }
}

function digestOf(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}
