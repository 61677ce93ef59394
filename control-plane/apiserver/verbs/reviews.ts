import { badRequest, invalid } from '../../../lib/kube/status-errors.ts';
import type { SelfSubjectAccessReview, SubjectAccessReview, TokenReview } from '../../../lib/kube/types.ts';
import type { ApiObject } from '../../registry/api-object.ts';
import type { Authorizer } from '../../auth/authorizer.ts';
import type { Rbac } from '../../auth/rbac.ts';
import type { TokenReviewer } from '../../auth/authenticator.ts';
import { tokenIssuer } from '../../auth/service-account-tokens.ts';
import type { PostedHandler } from '../handlers.ts';
import type { AccessAttributes, User } from '../extension.ts';
import * as kinds from '../posted-kinds.ts';
import { typedBody } from '../typed-body.ts';
import { invalidValue } from '../../registry/strategies/field-errors.ts';
import type { FieldError } from '../../registry/strategy.ts';
import { accessSelectorErrors } from './access-selector-errors.ts';
import { answerRepresentation, sendObject } from './answer.ts';
import { unreadSelectors } from './unread-selectors.ts';

type AccessSpec = Omit<SubjectAccessReview['spec'], 'user' | 'groups' | 'uid' | 'extra'>;

/** Questions about who somebody is and what he may do. */
export function reviewHandlers(
  authorizer: Authorizer,
  rbac: Rbac,
  tokens: TokenReviewer,
): ReadonlyMap<string, PostedHandler> {
  const handlers = new Map<string, PostedHandler>();
  const add = (
    kind: (typeof kinds.postedKinds)[number],
    answer: (body: ApiObject, user: User, namespace: string | undefined) => object | Promise<object>,
  ) => {
    handlers.set(`${kind.group}/${kind.version}/${kind.plural}`, async (exchange) => {
      const representation = answerRepresentation(exchange);
      const apiVersion = `${kind.group}/${kind.version}`;
      const body = typedBody(exchange, { type: kind, apiVersion }, exchange.writeContext());
      const answered = await answer(body, exchange.user, exchange.info.namespace);
      const review = { ...body, kind: kind.kind, apiVersion, ...answered };
      sendObject(exchange, representation, 201, review);
    });
  };
  add(kinds.tokenReviews, (body) => reviewToken(body as TokenReview, tokens));
  add(kinds.selfSubjectReviews, (_body, user) => ({ status: { userInfo: userInfo(user) } }));
  add(kinds.subjectAccessReviews, (body) => ({
    status: reviewSubject((body as SubjectAccessReview).spec, authorizer),
  }));
  add(kinds.localSubjectAccessReviews, (body, _user, namespace) => {
    const { metadata, spec } = body as SubjectAccessReview;
    if (metadata?.namespace && metadata.namespace !== namespace)
      throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
    const status = reviewSubject(spec, authorizer, localErrors(spec, namespace));
    return { metadata: { ...metadata, namespace }, status };
  });
  add(kinds.selfSubjectAccessReviews, (body, user) => {
    const { spec } = body as SelfSubjectAccessReview;
    refuseSpec(specErrors(spec));
    return { status: decide(authorizer, user, spec) };
  });
  add(kinds.selfSubjectRulesReviews, (body, user) => {
    const namespace = (body['spec'] as { namespace?: string } | undefined)?.namespace;
    if (!namespace) throw badRequest('no namespace on request');
    const rules = rbac.rulesFor(user, namespace);
    return {
      status: {
        resourceRules: rules
          .filter((rule) => rule.resources)
          .map(({ verbs, apiGroups, resources, resourceNames }) => ({ verbs, apiGroups, resources, resourceNames })),
        nonResourceRules: rules
          .filter((rule) => rule.nonResourceURLs)
          .map(({ verbs, nonResourceURLs }) => ({ verbs, nonResourceURLs })),
        incomplete: false,
      },
    };
  });
  return handlers;
}

async function reviewToken(review: TokenReview, tokens: TokenReviewer): Promise<object> {
  const token = review.spec?.token;
  if (!token) throw badRequest('token is required for TokenReview in authentication');
  const found = await tokens.review(token, review.spec?.audiences?.length ? review.spec.audiences : [tokenIssuer]);
  if (!found)
    return { spec: { ...review.spec }, status: { authenticated: false, user: {}, error: 'invalid bearer token' } };
  return { status: { authenticated: true, user: userInfo(found.user), audiences: found.audiences } };
}

function reviewSubject(
  spec: SubjectAccessReview['spec'],
  authorizer: Authorizer,
  furtherErrors: readonly FieldError[] = [],
): object {
  const isNobody = !spec?.user && !spec?.groups?.length;
  refuseSpec([
    ...(isNobody ? [invalidValue('spec.user', '', 'at least one of user or group must be specified')] : []),
    ...specErrors(spec),
    ...furtherErrors,
  ]);
  const user: User = { name: spec.user ?? '', groups: spec.groups ?? [], uid: spec.uid, extra: spec.extra };
  return decide(authorizer, user, spec);
}

/** A review of a namespace is about what is in it. */
function localErrors(
  { resourceAttributes: resource, nonResourceAttributes: path }: AccessSpec = {},
  namespace: string | undefined,
): readonly FieldError[] {
  const own = resource?.namespace ?? '';
  const detail = 'disallowed on this kind of request';
  return [
    ...(resource && own !== namespace
      ? [invalidValue('spec.resourceAttributes.namespace', own, 'must match metadata.namespace')]
      : []),
    ...(path ? [invalidValue('spec.nonResourceAttributes', shownPath(path), detail)] : []),
  ];
}

function shownPath({ path, verb }: NonNullable<AccessSpec['nonResourceAttributes']>): object {
  return { Path: path ?? '', Verb: verb ?? '' };
}

function decide(authorizer: Authorizer, user: User, spec: AccessSpec | undefined): object {
  const { allowed, reason } = authorizer.authorize(user, attributesOfSpec(spec));
  const evaluationError = spec?.resourceAttributes && unreadSelectors(spec.resourceAttributes);
  return { allowed, ...(reason ? { reason } : {}), ...(evaluationError ? { evaluationError } : {}) };
}

/** Upstream's says of which group the review is, and not of which kind. */
function refuseSpec(errors: readonly FieldError[]): void {
  if (errors.length > 0) throw invalid({ group: 'authorization.k8s.io', kind: '' }, '', errors);
}

function specErrors({
  resourceAttributes: resource,
  nonResourceAttributes: path,
}: AccessSpec = {}): readonly FieldError[] {
  const detail = 'exactly one of nonResourceAttributes or resourceAttributes must be specified';
  if (resource === undefined && path === undefined) return [invalidValue('spec.resourceAttributes', undefined, detail)];
  if (resource === undefined) return [];
  const both = 'cannot be specified in combination with resourceAttributes';
  return [
    ...(path ? [invalidValue('spec.nonResourceAttributes', shownPath(path), both)] : []),
    ...accessSelectorErrors(resource),
  ];
}

function attributesOfSpec(spec: AccessSpec | undefined): AccessAttributes {
  const { resourceAttributes: resource, nonResourceAttributes: path } = spec ?? {};
  if (path) return { verb: path.verb ?? '', nonResourcePath: path.path ?? '' };
  return {
    verb: resource?.verb ?? '',
    group: resource?.group ?? '',
    version: resource?.version,
    resource: resource?.resource ?? '',
    subresource: resource?.subresource || undefined,
    namespace: resource?.namespace || undefined,
    name: resource?.name || undefined,
  };
}

function userInfo({ name, uid, groups, extra }: User): object {
  return { username: name, ...(uid ? { uid } : {}), groups, ...(extra ? { extra } : {}) };
}
