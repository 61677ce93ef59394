import { methodNotAllowed, pathNotFound } from '../../lib/kube/status-errors.ts';
import { tokenIssuer, type ServiceAccountTokens } from '../auth/service-account-tokens.ts';
import type { Registry } from '../registry/registry.ts';
import type { Logger } from '../../lib/log.ts';
import type { Aggregation } from './aggregation/aggregation.ts';
import { documentedComponentStatuses } from './component-statuses.ts';
import { answerAggregated } from './aggregation/aggregated-proxy.ts';
import type { PathHandler } from './handlers.ts';
import type { Discovery } from './discovery.ts';
import type { Exchange } from './exchange.ts';
import { documentHash, openapiIndex, openapiV2, openapiV3 } from './openapi/openapi-documents.ts';
import { documentedPostedKinds } from './posted-kinds.ts';
import type { DocumentedResource } from './openapi/openapi-paths.ts';
import { acceptsOpenapiV2Protobuf, openapiV2ProtobufType } from './openapi/openapi-protobuf.ts';
import { OpenapiV2Answers } from './openapi/openapi-v2-answers.ts';
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
  exchange.sendJson(200, versionInfo);
};

/** `/openapi/v2`, `/openapi/v3` and the document of one group version. */
export function openapiPath(
  registry: Registry,
  { routes, discovery, openapi, link }: Aggregation,
  log: Logger,
): PathHandler {
  const info = { version: kubernetesVersion };
  const definitionsNow = (): readonly DocumentedResource[] => [
    ...[...registry.resources].map((resource) => resource.definition),
    documentedComponentStatuses,
    ...documentedPostedKinds,
  ];
  const v2 = new OpenapiV2Answers(() => openapi.joined(openapiV2(definitionsNow(), info)));
  const answerV2 = (exchange: Exchange) => {
    const isProtobuf = acceptsOpenapiV2Protobuf(exchange.request.headers.accept);
    const { bytes, etag } = v2.answer(isProtobuf ? 'protobuf' : 'json', registry.kindsVersion + openapi.version);
    if (!isKnown(exchange, etag))
      exchange.sendBytes(200, bytes, isProtobuf ? openapiV2ProtobufType : 'application/json');
  };
  return (exchange) => {
    if (exchange.request.method !== 'GET' && exchange.request.method !== 'HEAD') throw methodNotAllowed();
    const [, , version, ...rest] = exchange.path.split('/').filter((part, index) => index === 0 || part !== '');
    if (version === 'v2' && rest.length === 0) {
      return routes.isEmpty && openapi.version === 0
        ? answerV2(exchange)
        : openapi.refresh().then(() => answerV2(exchange));
    }
    if (version !== 'v3') throw pathNotFound();
    const definitions = definitionsNow();
    if (rest.length === 0) {
      const elsewhere = routes.isEmpty ? [] : discovery.openapiPaths();
      exchange.sendBytes(200, Buffer.from(JSON.stringify(openapiIndex(definitions, info, elsewhere))));
      return;
    }
    const [root, first = '', second = ''] = rest;
    const group = root === 'api' ? '' : first;
    const groupVersion = root === 'api' ? first : second;
    const route = routes.find(group, groupVersion);
    if (route) return answerAggregated(exchange, route, link, log);
    const etag = `"${documentHash(group, groupVersion, definitions, info)}"`;
    if (exchange.query.has('hash')) exchange.response.setHeader('cache-control', 'public, immutable');
    if (isKnown(exchange, etag)) return;
    const document = openapiV3(group, groupVersion, definitions, info);
    if (!document) throw pathNotFound();
    exchange.sendBytes(200, Buffer.from(JSON.stringify(document)));
  };
}

/** Names the document that follows; a client that has it already is told so, and that is all. */
function isKnown(exchange: Exchange, etag: string): boolean {
  exchange.response.setHeader('etag', etag).setHeader('vary', 'Accept');
  if (exchange.request.headers['if-none-match'] !== etag) return false;
  exchange.sendNothing(304);
  return true;
}

/** `/`: the paths that there are. */
export function rootPath(names: readonly string[], discovery: Discovery): PathHandler {
  return (exchange) => {
    exchange.sendJson(200, {
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
    exchange.sendJson(200, {
      issuer: tokenIssuer,
      jwks_uri: `${advertiseURL}/openid/v1/jwks`,
      response_types_supported: ['id_token'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['ES256'],
    });
  };
}
