import { methodNotAllowed, pathNotFound } from '../../lib/kube/status-errors.ts';
import { tokenIssuer, type ServiceAccountTokens } from '../auth/service-account-tokens.ts';
import type { Registry } from '../registry/registry.ts';
import type { PathHandler } from './dispatcher.ts';
import type { Discovery } from './discovery.ts';
import { documentHash, openapiIndex, openapiV2, openapiV3 } from './openapi/openapi-documents.ts';
import { acceptsOpenapiV2Protobuf, encodeOpenapiV2, openapiV2ProtobufType } from './openapi/openapi-protobuf.ts';
import { isTrue } from './request-info.ts';
import { kubernetesVersion, versionInfo } from './version.ts';

/** One thing that must be well for the server to be ready. */
export interface HealthCheck {
  readonly name: string;
  /** What is wrong; `undefined` when it is well. */
  check(): string | undefined;
}

/** `/healthz`, `/livez`, `/readyz`, each also with `?verbose` and with the name of one check behind it. */
export function healthPath(endpoint: string, checks: readonly HealthCheck[]): PathHandler {
  return (exchange) => {
    const [, , name] = exchange.path.split('/');
    const excluded = new Set(exchange.query.getAll('exclude'));
    const asked = name ? checks.filter((one) => one.name === name) : checks.filter((one) => !excluded.has(one.name));
    if (name && asked.length === 0) throw pathNotFound();
    const results = asked.map((one) => ({ name: one.name, problem: one.check() }));
    const isWell = results.every((result) => result.problem === undefined);
    const lines = results.map((result) =>
      result.problem === undefined ? `[+]${result.name} ok` : `[-]${result.name} failed: ${result.problem}`,
    );
    const verbose = exchange.query.get('verbose');
    if (isWell && (verbose === null || !isTrue(verbose))) exchange.sendText(200, 'ok');
    else
      exchange.sendText(isWell ? 200 : 500, `${lines.join('\n')}\n${endpoint} check ${isWell ? 'passed' : 'failed'}\n`);
  };
}

export const versionPath: PathHandler = (exchange) => {
  exchange.sendValue(200, versionInfo);
};

/** `/openapi/v2`, `/openapi/v3` and the document of one group version. */
export function openapiPath(registry: Registry): PathHandler {
  const info = { version: kubernetesVersion };
  return (exchange) => {
    const definitions = [...registry.resources].map((resource) => resource.definition);
    if (exchange.request.method !== 'GET' && exchange.request.method !== 'HEAD') throw methodNotAllowed();
    const [, , version, ...rest] = exchange.path.split('/').filter((part, index) => index === 0 || part !== '');
    if (version === 'v2' && rest.length === 0) {
      const document = openapiV2(definitions, info);
      void exchange.reply.header('vary', 'Accept');
      if (acceptsOpenapiV2Protobuf(exchange.request.headers.accept))
        exchange.sendBytes(200, encodeOpenapiV2(document), openapiV2ProtobufType);
      else exchange.sendBytes(200, Buffer.from(JSON.stringify(document)));
      return;
    }
    if (version !== 'v3') throw pathNotFound();
    if (rest.length === 0) {
      exchange.sendBytes(200, Buffer.from(JSON.stringify(openapiIndex(definitions, info))));
      return;
    }
    const [root, first = '', second = ''] = rest;
    const group = root === 'api' ? '' : first;
    const groupVersion = root === 'api' ? first : second;
    const etag = `"${documentHash(group, groupVersion, definitions, info)}"`;
    void exchange.reply.header('etag', etag).header('vary', 'Accept');
    if (exchange.query.has('hash')) void exchange.reply.header('cache-control', 'public, immutable');
    if (exchange.request.headers['if-none-match'] === etag) {
      void exchange.reply.code(304).send();
      return;
    }
    const document = openapiV3(group, groupVersion, definitions, info);
    if (!document) throw pathNotFound();
    exchange.sendBytes(200, Buffer.from(JSON.stringify(document)));
  };
}

/** `/`: the paths that there are. */
export function rootPath(names: readonly string[], discovery: Discovery): PathHandler {
  return (exchange) => {
    exchange.sendValue(200, {
      paths: [...discovery.paths(), ...names.filter((name) => name !== '').map((name) => `/${name}`)].sort(),
    });
  };
}

/** `/openid/v1/jwks`: the key by which service-account tokens are checked elsewhere. */
export function jwksPath(tokens: ServiceAccountTokens): PathHandler {
  return (exchange) => {
    if (exchange.path !== '/openid/v1/jwks') throw pathNotFound();
    exchange.sendBytes(200, Buffer.from(JSON.stringify(tokens.jwks())), 'application/jwk-set+json');
  };
}

/** `/.well-known/openid-configuration` */
export function issuerPath(advertiseURL: string): PathHandler {
  return (exchange) => {
    if (exchange.path !== '/.well-known/openid-configuration') throw pathNotFound();
    exchange.sendValue(200, {
      issuer: tokenIssuer,
      jwks_uri: `${advertiseURL}/openid/v1/jwks`,
      response_types_supported: ['id_token'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['ES256'],
    });
  };
}
