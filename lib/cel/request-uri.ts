import { isIPv6 } from 'node:net';

/** The parts of an absolute URI or an absolute path, as Go's `url.ParseRequestURI` reads them. */
export class RequestUri {
  readonly scheme: string;
  /** Name or address, with its port. */
  readonly host: string;
  readonly escapedPath: string;
  readonly rawQuery: string;

  constructor(scheme: string, host: string, escapedPath: string, rawQuery: string) {
    this.scheme = scheme;
    this.host = host;
    this.escapedPath = escapedPath;
    this.rawQuery = rawQuery;
  }

  /** Throws for what is neither, in Go's words. */
  static parse(text: string): RequestUri {
    const quoted = JSON.stringify(text);
    try {
      return parse(text);
    } catch (error) {
      throw new Error(`parse ${quoted}: ${(error as Error).message}`, { cause: error });
    }
  }

  /** Without brackets. */
  get hostname(): string {
    const name = this.host.replace(/:\d*$/, '');
    return name.startsWith('[') && name.endsWith(']') ? name.slice(1, -1) : name;
  }

  get port(): string {
    return /:(\d*)$/.exec(this.host)?.[1] ?? '';
  }

  /** Values by name, in their order. What cannot be read is left out. */
  get query(): ReadonlyMap<string, readonly string[]> {
    const query = new Map<string, string[]>();
    for (const pair of this.rawQuery.split('&')) {
      if (pair === '' || pair.includes(';')) continue;
      const [name = '', ...value] = pair.split('=').map((part) => part.replaceAll('+', ' '));
      try {
        const key = unescaped(name);
        query.set(key, [...(query.get(key) ?? []), unescaped(value.join('='))]);
      } catch {
        continue;
      }
    }
    return query;
  }

  equals(other: unknown): boolean {
    return other instanceof RequestUri && other.toString() === this.toString();
  }

  toString(): string {
    const scheme = this.scheme === '' ? '' : `${this.scheme}:`;
    const host = this.host === '' ? '' : `//${this.host}`;
    return `${scheme}${host}${this.escapedPath}${this.rawQuery === '' ? '' : `?${this.rawQuery}`}`;
  }
}

function parse(text: string): RequestUri {
  // oxlint-disable-next-line no-control-regex
  if (/[\u0000-\u001f\u007f]/.test(text)) throw new Error('net/url: invalid control character in URL');
  if (text === '') throw new Error('empty url');
  if (text === '*') return new RequestUri('', '', '*', '');
  if (text.startsWith(':')) throw new Error('missing protocol scheme');
  const found = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(text);
  const scheme = found?.[1]?.toLowerCase() ?? '';
  const behind = found ? text.slice(found[0].length) : text;
  const mark = behind.indexOf('?');
  const rawQuery = mark < 0 ? '' : behind.slice(mark + 1);
  const rest = mark < 0 ? behind : behind.slice(0, mark);
  if (!rest.startsWith('/')) {
    // `mailto:a@example.com` has neither host nor path.
    if (scheme === '') throw new Error('invalid URI for request');
    return new RequestUri(scheme, '', '', rawQuery);
  }
  if (scheme === '' || !rest.startsWith('//')) return new RequestUri(scheme, '', escapedPath(rest), rawQuery);
  const slash = rest.indexOf('/', 2);
  const authority = slash < 0 ? rest.slice(2) : rest.slice(2, slash);
  return new RequestUri(scheme, hostOf(authority), slash < 0 ? '' : escapedPath(rest.slice(slash)), rawQuery);
}

function hostOf(authority: string): string {
  const at = authority.lastIndexOf('@');
  if (at >= 0 && !/^(?:[A-Za-z0-9\-._:~!$&'()*+,;=@]|%[0-9A-Fa-f]{2})*$/.test(authority.slice(0, at)))
    throw new Error('net/url: invalid userinfo');
  const host = authority.slice(at + 1);
  const bracket = host.lastIndexOf(']');
  if (host.startsWith('[') && bracket < 0) throw new Error("missing ']' in host");
  const colon = host.startsWith('[') ? bracket + 1 : host.lastIndexOf(':');
  const port = colon < 0 ? '' : host.slice(colon);
  if (!/^(?::\d*)?$/.test(port)) throw new Error(`invalid port ${JSON.stringify(port)} after host`);
  const name = colon < 0 ? host : host.slice(0, colon);
  if (host.startsWith('[') && !isIPv6(name.slice(1, -1).replace('%25', '%')))
    throw new Error(`invalid host: ${JSON.stringify(name)}`);
  const bad = /[^A-Za-z0-9\-._~!$&'()*+,;=:[\]<>"%\u0080-\uffff]/.exec(name)?.[0];
  if (bad !== undefined) throw new Error(`invalid character ${JSON.stringify(bad)} in host name`);
  return unescaped(name) + port;
}

/** As it was written when that is how it may be written, and otherwise with everything escaped that must be. */
function escapedPath(path: string): string {
  const plain = unescapedBytes(path);
  if (/^(?:[A-Za-z0-9\-._~!$&'()*+,;=:@[\]/]|%[0-9A-Fa-f]{2})*$/.test(path)) return path;
  return plain.replaceAll(
    /[^A-Za-z0-9\-._~$&+,/:;=@]/g,
    (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  );
}

function unescaped(text: string): string {
  return text.includes('%') ? Buffer.from(unescapedBytes(text), 'latin1').toString() : text;
}

/** A character for each byte: what is escaped need not be text. */
function unescapedBytes(text: string): string {
  const bad = /%(?![0-9A-Fa-f]{2}).{0,2}/.exec(text)?.[0];
  if (bad !== undefined) throw new Error(`invalid URL escape ${JSON.stringify(bad)}`);
  return Buffer.from(text)
    .toString('latin1')
    .replaceAll(/%([0-9A-Fa-f]{2})/g, (_, byte: string) => String.fromCharCode(Number.parseInt(byte, 16)));
}
