import { Readable } from 'node:stream';
import { badRequest, methodNotAllowed, pathNotFound, statusError } from '../../lib/kube/status-errors.ts';
import type { Authorizer } from '../auth/authorizer.ts';
import type { Exchange } from './exchange.ts';
import type { ApiExtension, ExtensionRequest } from './extension.ts';
import type { ResourceRequest } from './request-info.ts';

/** What the extension contract allows of a body. */
const MAX_BODY_BYTES = 1024 * 1024;

/** Lets an extension answer a request of its group, which was authenticated and authorized like any other. */
export async function answerExtension(
  extension: ApiExtension,
  exchange: Exchange<ResourceRequest>,
  authorizer: Authorizer,
): Promise<void> {
  const { info, query, user } = exchange;
  const resource = extension.resources.find((one) => one.name === info.resource);
  if (!resource) throw pathNotFound();
  const verb = info.verb === 'deletecollection' ? 'delete' : info.verb === 'patch' ? undefined : info.verb;
  if (verb === undefined || !resource.verbs.includes(verb)) throw methodNotAllowed();
  if (exchange.bytes().length > MAX_BODY_BYTES) {
    throw statusError(413, 'RequestEntityTooLarge', `Request entity too large: limit is ${MAX_BODY_BYTES}`);
  }
  const request: ExtensionRequest = {
    verb,
    resource: info.resource,
    subresource: info.subresource,
    rest: info.rest,
    namespace: info.namespace,
    name: info.name,
    query,
    body: exchange.hasBody() ? parseJson(exchange.bytes()) : undefined,
    user,
    may: (attributes) => Promise.resolve(authorizer.authorize(user, attributes).allowed),
    signal: exchange.signal(),
  };
  const answer = await extension.handle(request);
  const status = answer.status ?? 200;
  if ('body' in answer) {
    exchange.sendJson(status, answer.body);
    return;
  }
  if (verb === 'watch') exchange.initialized();
  const lines = Readable.from(jsonLines(answer.lines));
  await exchange.sendStream(status, lines, 'application/json');
}

async function* jsonLines(values: AsyncIterable<unknown>): AsyncGenerator<string> {
  for await (const value of values) yield `${JSON.stringify(value)}\n`;
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch (error) {
    throw badRequest(`the body is not JSON: ${(error as Error).message}`);
  }
}
