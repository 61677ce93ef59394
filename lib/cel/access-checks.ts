import type { Environment } from '@marcbachmann/cel-js';

/** What an expression asks about: a path of the API, or a resource. */
export interface AskedAccess {
  readonly verb: string;
  readonly nonResourcePath?: string;
  readonly group?: string;
  readonly resource?: string;
  readonly subresource?: string;
  readonly namespace?: string;
  readonly name?: string;
}

/** Says whether whoever sent the request, or the service account that is named, may do something. */
export type AskAccess = (
  asked: AskedAccess,
  serviceAccount?: { readonly namespace: string; readonly name: string },
) => { readonly allowed: boolean; readonly reason: string };

type Ask = (asked: AskedAccess) => AccessDecision;

/** The variable `authorizer` of expressions about requests. */
export class AccessAuthorizer {
  /** The resource that the request is about, where it is about one. */
  readonly requestResource: ResourceCheck | undefined;
  readonly #ask: AskAccess;
  readonly #decide: Ask;

  constructor(ask: AskAccess, requested?: Omit<AskedAccess, 'verb'>, decide: Ask = (asked) => decisionOf(ask(asked))) {
    this.#ask = ask;
    this.#decide = decide;
    this.requestResource = requested && new ResourceCheck(decide, requested);
  }

  path(path: string): PathCheck {
    return new PathCheck(this.#decide, path);
  }

  group(group: string): GroupCheck {
    return new GroupCheck(this.#decide, group);
  }

  serviceAccount(namespace: string, name: string): AccessAuthorizer {
    const ask = this.#ask;
    return new AccessAuthorizer(ask, undefined, (asked) => decisionOf(ask(asked, { namespace, name })));
  }
}

class PathCheck {
  readonly #decide: Ask;
  readonly #path: string;

  constructor(decide: Ask, path: string) {
    this.#decide = decide;
    this.#path = path;
  }

  check(verb: string): AccessDecision {
    return this.#decide({ verb, nonResourcePath: this.#path });
  }
}

class GroupCheck {
  readonly #decide: Ask;
  readonly #group: string;

  constructor(decide: Ask, group: string) {
    this.#decide = decide;
    this.#group = group;
  }

  resource(resource: string): ResourceCheck {
    return new ResourceCheck(this.#decide, { group: this.#group, resource });
  }
}

/** Each method gives another check: none changes the one it is called on. */
class ResourceCheck {
  readonly #decide: Ask;
  readonly #asked: Omit<AskedAccess, 'verb'>;

  constructor(decide: Ask, asked: Omit<AskedAccess, 'verb'>) {
    this.#decide = decide;
    this.#asked = asked;
  }

  with(more: Omit<AskedAccess, 'verb'>): ResourceCheck {
    return new ResourceCheck(this.#decide, { ...this.#asked, ...more });
  }

  check(verb: string): AccessDecision {
    return this.#decide({ ...this.#asked, verb });
  }
}

class AccessDecision {
  readonly allowed: boolean;
  readonly reason: string;

  constructor(allowed: boolean, reason: string) {
    this.allowed = allowed;
    this.reason = reason;
  }
}

function decisionOf({ allowed, reason }: ReturnType<AskAccess>): AccessDecision {
  return new AccessDecision(allowed, reason);
}

const prefix = 'kubernetes.authorization';

/**
 * The functions of Kubernetes' authorizer library: `authorizer.group('apps').resource('deployments').namespace('prod').check('update').allowed()`. Selectors are taken
 * and change nothing, since roles know none. Asking never fails here, so that no decision has an error.
 */
export function addAccessChecks(environment: Environment): void {
  const [authorizer, path, group] = [`${prefix}.Authorizer`, `${prefix}.PathCheck`, `${prefix}.GroupCheck`];
  const [resource, decision] = [`${prefix}.ResourceCheck`, `${prefix}.Decision`];
  environment
    .registerType(decision, AccessDecision)
    .registerType(resource, ResourceCheck)
    .registerType(group, GroupCheck)
    .registerType(path, PathCheck)
    .registerType(authorizer, { ctor: AccessAuthorizer, fields: { requestResource: resource } })
    .registerFunction(`${authorizer}.path(string): ${path}`, (on: AccessAuthorizer, to: string) => on.path(to))
    .registerFunction(`${authorizer}.group(string): ${group}`, (on: AccessAuthorizer, name: string) => on.group(name))
    .registerFunction(
      `${authorizer}.serviceAccount(string, string): ${authorizer}`,
      (on: AccessAuthorizer, namespace: string, name: string) => on.serviceAccount(namespace, name),
    )
    .registerFunction(`${path}.check(string): ${decision}`, (on: PathCheck, verb: string) => on.check(verb))
    .registerFunction(`${group}.resource(string): ${resource}`, (on: GroupCheck, name: string) => on.resource(name))
    .registerFunction(`${resource}.check(string): ${decision}`, (on: ResourceCheck, verb: string) => on.check(verb))
    .registerFunction(`${decision}.allowed(): bool`, (on: AccessDecision) => on.allowed)
    .registerFunction(`${decision}.reason(): string`, (on: AccessDecision) => on.reason)
    .registerFunction(`${decision}.errored(): bool`, () => false)
    .registerFunction(`${decision}.error(): string`, () => '');
  for (const part of ['subresource', 'namespace', 'name'] as const)
    environment.registerFunction(`${resource}.${part}(string): ${resource}`, (on: ResourceCheck, value: string) =>
      on.with({ [part]: value }),
    );
  for (const part of ['fieldSelector', 'labelSelector'])
    environment.registerFunction(`${resource}.${part}(string): ${resource}`, (on: ResourceCheck) => on);
}
