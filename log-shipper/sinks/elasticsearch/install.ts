import type { RetentionConfig } from '../../../lib/config/log-shipper.ts';
import type { HttpClient } from '../http/http-client.ts';
import { ask, expectOk, identifyServer, type Server, type ServerAnswer } from './health.ts';
import { decidePolicy, POLICY, policyBody, policyPath } from './lifecycle.ts';
import {
  components,
  INDEX_TEMPLATE,
  indexTemplate,
  isToBeWritten,
  mappingsComponent,
  settingsComponent,
} from './templates.ts';

type TemplateKind = 'component' | 'index';
type Template = Record<string, unknown>;

/** What was found and done. */
export interface Installed extends Server {
  /** Names of templates that were written; the others were there. */
  readonly written: readonly string[];
  /** `undefined` when no retention is configured; `unavailable: …` where the server has no such policies or does not let us. */
  readonly policy: string | undefined;
}

/**
 * Makes sure that the server has Vigil's templates and, where retention is configured, its policy. Can be repeated, and by several shippers at once. Throws a
 * transient error when the server is away or refuses; a policy that cannot be installed is only said.
 */
export async function install(
  client: HttpClient,
  retention: RetentionConfig | undefined,
  signal: AbortSignal,
): Promise<Installed> {
  const server = await identifyServer(client, signal);
  const policy = retention && (await installPolicy(client, server, retention, signal));
  // OpenSearch's policies name the indices themselves.
  const follows = server.distribution === 'elasticsearch' && policy !== undefined && isInstalled(policy);
  const written: string[] = [];
  const put = async (kind: TemplateKind, name: string, wanted: Template, simpler?: Template) => {
    const path = `/_${kind}_template/${name}`;
    if (!isToBeWritten(await presentTemplate(client, kind, name, signal), wanted)) return;
    let answer = await ask(client, 'PUT', path, wanted, signal);
    if (answer.status === 400 && simpler) answer = await ask(client, 'PUT', path, simpler, signal);
    expectOk(answer, `PUT ${path}`);
    written.push(name);
  };
  await put('component', components.settings, settingsComponent(follows ? POLICY : undefined));
  // Not every offering of Elasticsearch has the module that `match_only_text` comes with: there, messages take more room.
  const { distribution } = server;
  await put('component', components.mappings, mappingsComponent(distribution), mappingsComponent(distribution, 'text'));
  const custom = await presentTemplate(client, 'component', components.custom, signal);
  await put('index', INDEX_TEMPLATE, indexTemplate(server, custom !== undefined));
  return { ...server, written, policy };
}

async function presentTemplate(
  client: HttpClient,
  kind: TemplateKind,
  name: string,
  signal: AbortSignal,
): Promise<Template | undefined> {
  const path = `/_${kind}_template/${name}`;
  const answer = await ask(client, 'GET', path, undefined, signal);
  if (answer.status === 404) return undefined;
  const found = expectOk(answer, `GET ${path}`).body[`${kind}_templates`];
  const [first] = Array.isArray(found) ? (found as Record<string, Template>[]) : [];
  return first?.[`${kind}_template`];
}

async function installPolicy(
  client: HttpClient,
  { distribution }: Server,
  retention: RetentionConfig,
  signal: AbortSignal,
): Promise<string> {
  const path = policyPath(distribution);
  const present = await ask(client, 'GET', path, undefined, signal);
  const exists = present.status === 200;
  if (!exists && !isMissing(present)) return unavailable(present);
  const decision = exists ? decidePolicy(distribution, present.body, retention) : 'write';
  if (decision === 'not-ours') return 'changed by somebody, left alone';
  if (decision === 'same') return 'up to date';
  const answer = await ask(client, 'PUT', path + versionQuery(present), policyBody(distribution, retention), signal);
  if (answer.status < 300) return 'written';
  // Another shipper was quicker.
  return answer.status === 409 ? 'up to date' : unavailable(answer);
}

const UNAVAILABLE = 'unavailable: ';

function unavailable({ status, text }: ServerAnswer): string {
  return `${UNAVAILABLE}status ${status}: ${text}`;
}

function isInstalled(policy: string): boolean {
  return !policy.startsWith(UNAVAILABLE);
}

/** The server knows policies, and has none of this name. */
function isMissing({ status, text }: ServerAnswer): boolean {
  return status === 404 && !text.includes('no handler');
}

/** OpenSearch replaces a policy only for who has seen the present one. */
function versionQuery({ body }: ServerAnswer): string {
  const { _seq_no: number, _primary_term: term } = body;
  return typeof number === 'number' && typeof term === 'number' ? `?if_seq_no=${number}&if_primary_term=${term}` : '';
}
