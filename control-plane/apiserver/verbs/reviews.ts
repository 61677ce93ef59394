import { badRequest } from '../../../lib/kube/status-errors.ts';
import type { SelfSubjectAccessReview, SubjectAccessReview, TokenReview } from '../../../lib/kube/types.ts';
import type { Authorizer } from '../../auth/authorizer.ts';
import type { Rbac } from '../../auth/rbac.ts';
import { tokenIssuer, type ServiceAccountTokens } from '../../auth/service-account-tokens.ts';
import type { ReviewHandler } from '../dispatcher.ts';
import type { AccessAttributes, User } from '../extension.ts';
import * as kinds from '../review-kinds.ts';

type AccessSpec = Omit<SubjectAccessReview['spec'], 'user' | 'groups' | 'uid' | 'extra'>;

/** Questions about who somebody is and what he may do. */
export function reviewHandlers(
  authorizer: Authorizer,
  rbac: Rbac,
  tokens: ServiceAccountTokens,
): ReadonlyMap<string, ReviewHandler> {
  const handlers = new Map<string, ReviewHandler>();
  const add = (
    kind: (typeof kinds.reviewKinds)[number],
    answer: (body: Record<string, unknown>, user: User, namespace: string | undefined) => object | Promise<object>,
  ) => {
    handlers.set(`${kind.group}/${kind.version}/${kind.plural}`, async (exchange) => {
      const body = exchange.body();
      const answered = await answer(body, exchange.user, exchange.info.namespace);
      exchange.sendValue(201, {
        metadata: {},
        ...body,
        kind: kind.kind,
        apiVersion: `${kind.group}/${kind.version}`,
        ...answered,
      });
    });
  };
  add(kinds.tokenReviews, (body) => reviewToken(body as TokenReview, tokens));
  add(kinds.selfSubjectReviews, (_body, user) => ({ status: { userInfo: userInfo(user) } }));
  add(kinds.subjectAccessReviews, (body) => reviewSubject(body as SubjectAccessReview, authorizer));
  add(kinds.localSubjectAccessReviews, (body, _user, namespace) => {
    const review = body as SubjectAccessReview;
    const own = review.spec?.resourceAttributes?.namespace ?? '';
    if (own !== namespace)
      throw badRequest(`spec.resourceAttributes.namespace must match namespace: ${namespace ?? ''}`);
    return reviewSubject(review, authorizer);
  });
  add(kinds.selfSubjectAccessReviews, (body, user) => ({
    status: decide(authorizer, user, (body as SelfSubjectAccessReview).spec),
  }));
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

async function reviewToken(review: TokenReview, tokens: ServiceAccountTokens): Promise<object> {
  const token = review.spec?.token;
  if (!token) throw badRequest('token is required for TokenReview in authentication');
  const found = await tokens.review(token, review.spec?.audiences?.length ? review.spec.audiences : [tokenIssuer]);
  if (!found)
    return { spec: { ...review.spec }, status: { authenticated: false, user: {}, error: '[invalid bearer token]' } };
  return { status: { authenticated: true, user: userInfo(found.user), audiences: found.audiences } };
}

function reviewSubject({ spec }: SubjectAccessReview, authorizer: Authorizer): object {
  if (!spec?.user && !spec?.groups?.length)
    throw badRequest('spec.user: Required value: at least one of user or group must be specified');
  const user: User = { name: spec.user ?? '', groups: spec.groups ?? [], uid: spec.uid, extra: spec.extra };
  return { status: decide(authorizer, user, spec) };
}

function decide(authorizer: Authorizer, user: User, spec: AccessSpec | undefined): object {
  const { allowed, reason } = authorizer.authorize(user, attributesOfSpec(spec));
  return { allowed, ...(reason ? { reason } : {}) };
}

function attributesOfSpec(spec: AccessSpec | undefined): AccessAttributes {
  const { resourceAttributes: resource, nonResourceAttributes: path } = spec ?? {};
  if ((resource === undefined) === (path === undefined)) {
    throw badRequest(
      'spec: Invalid value: exactly one of nonResourceAttributes or resourceAttributes must be specified',
    );
  }
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
