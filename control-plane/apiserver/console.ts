import { readFile, realpath, stat } from 'node:fs/promises';
import { createRequire, stripTypeScriptTypes } from 'node:module';
import { createHash } from 'node:crypto';
import { dirname, extname, join, sep } from 'node:path';
import { methodNotAllowed, pathNotFound } from '../../lib/kube/status-errors.ts';
import type { PathHandler } from './handlers.ts';

/** What is served, by extension. TypeScript is sent as JavaScript: the browser runs what is in the repository, without its types. */
const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.ts': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.json': 'application/json',
  '.webmanifest': 'application/manifest+json',
};

/** Files of packages under `/console/vendor/`: these and no others. A package, and the file in it. */
const vendorFiles: Readonly<Record<string, readonly [packageName: string, file: string]>> = {
  'htm-preact.js': ['htm', 'preact/standalone.module.js'],
};

/** What the console shares with the rest: files of `lib/` under `/console/lib/`, these and no others. */
const sharedFiles = /^(?:errors|duration|log-query|log-record|log-level-names|log-query\/[a-z-]+)\.ts$/;
const libDir = join(import.meta.dirname, '../../lib');

const securityHeaders: Readonly<Record<string, string>> = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
};

/** The console is some dozens of files. */
const MAX_CACHED = 256;
const MAX_FILE_BYTES = 4 * 1024 * 1024;

interface Served {
  readonly modifiedMs: number;
  readonly body: Buffer;
  readonly etag: string;
}

/** `/console/`: the folder's files as they are, TypeScript without its types, and the listed files of `lib/` and of packages. For everybody, GET only. */
export function consolePath(folder: string): PathHandler {
  const cache = new Map<string, Served>();
  const resolvePackage = createRequire(import.meta.url);
  return async (exchange) => {
    const { method } = exchange.request;
    if (method !== 'GET' && method !== 'HEAD') throw methodNotAllowed();
    for (const [name, value] of Object.entries(securityHeaders)) exchange.response.setHeader(name, value);
    if (exchange.path === '/console') {
      exchange.response.setHeader('location', '/console/');
      exchange.sendNothing(301);
      return;
    }
    const name = nameOf(exchange.path);
    const path = await pathOf(name, folder, resolvePackage);
    const served = await load(path, cache);
    exchange.response.setHeader('etag', served.etag).setHeader('cache-control', 'no-cache');
    if (exchange.request.headers['if-none-match'] === served.etag) {
      exchange.sendNothing(304);
      return;
    }
    exchange.sendBytes(200, served.body, contentTypes[typeOf(path)] ?? 'application/octet-stream');
  };
}

/** The file that a path asks for, relative to the folder. Throws 404 for what could lead elsewhere or is not for the browser. */
function nameOf(path: string): string {
  let name: string;
  try {
    name = decodeURIComponent(path.slice('/console/'.length)) || 'index.html';
  } catch {
    throw pathNotFound();
  }
  const parts = name.split('/');
  const isPlain = parts.every((part) => /^[\w][\w.-]*$/.test(part) && !part.includes('..'));
  if (!isPlain || name.endsWith('.d.ts') || name.endsWith('.test.ts') || contentTypes[extname(name)] === undefined)
    throw pathNotFound();
  return name;
}

async function pathOf(name: string, folder: string, resolvePackage: NodeJS.Require): Promise<string> {
  if (name.startsWith('vendor/')) return vendorPath(resolvePackage, name.slice('vendor/'.length));
  if (!name.startsWith('lib/')) return await pathIn(folder, name);
  const shared = name.slice('lib/'.length);
  return sharedFiles.test(shared) ? await pathIn(libDir, shared) : notThere();
}

async function pathIn(folder: string, name: string): Promise<string> {
  const root = await realpath(folder).catch(notThere);
  const path = await realpath(join(root, name)).catch(notThere);
  if (!path.startsWith(root + sep)) throw pathNotFound();
  return path;
}

function vendorPath(resolvePackage: NodeJS.Require, name: string): string {
  const found = Object.hasOwn(vendorFiles, name) ? vendorFiles[name] : undefined;
  if (!found) throw pathNotFound();
  const [packageName, file] = found;
  const roots = resolvePackage.resolve.paths(packageName) ?? [];
  const root = roots.find((one) => isThere(resolvePackage, join(one, packageName, file)));
  if (root === undefined) throw pathNotFound();
  return join(root, packageName, file);
}

function isThere(resolvePackage: NodeJS.Require, path: string): boolean {
  try {
    return dirname(resolvePackage.resolve(path)) === dirname(path);
  } catch {
    return false;
  }
}

async function load(path: string, cache: Map<string, Served>): Promise<Served> {
  const { mtimeMs, size } = await stat(path).catch(notThere);
  if (size > MAX_FILE_BYTES) throw pathNotFound();
  const known = cache.get(path);
  if (known && known.modifiedMs === mtimeMs) return known;
  const raw = await readFile(path).catch(notThere);
  const body = path.endsWith('.ts') ? Buffer.from(toJavaScript(raw.toString('utf8'))) : raw;
  const etag = `"${createHash('sha256').update(body).digest('base64url')}"`;
  const served = { modifiedMs: mtimeMs, body, etag };
  if (cache.size >= MAX_CACHED) cache.clear();
  cache.set(path, served);
  return served;
}

/** Without types; what is imported from `lib/` is found where it is served. */
function toJavaScript(source: string): string {
  return stripTypeScriptTypes(source).replaceAll(/(from\s+')(?:\.\.\/)+lib\//g, '$1/console/lib/');
}

function notThere(): never {
  throw pathNotFound();
}

function typeOf(path: string): string {
  const type = extname(path);
  return type === '.mjs' ? '.js' : type;
}
