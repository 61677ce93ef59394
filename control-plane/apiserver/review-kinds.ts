import type { ResourceType } from '../../lib/kube/resources.ts';

function review(group: string, kind: string, namespaced = false): ResourceType {
  const singular = kind.toLowerCase();
  return { group, version: 'v1', kind, plural: `${singular}s`, singular, namespaced, shortNames: [], categories: [] };
}

/** Kinds that are asked by POST and never stored. */
export const tokenReviews = review('authentication.k8s.io', 'TokenReview');
export const selfSubjectReviews = review('authentication.k8s.io', 'SelfSubjectReview');
export const subjectAccessReviews = review('authorization.k8s.io', 'SubjectAccessReview');
export const selfSubjectAccessReviews = review('authorization.k8s.io', 'SelfSubjectAccessReview');
export const selfSubjectRulesReviews = review('authorization.k8s.io', 'SelfSubjectRulesReview');
export const localSubjectAccessReviews = review('authorization.k8s.io', 'LocalSubjectAccessReview', true);

export const reviewKinds: readonly ResourceType[] = [
  tokenReviews,
  selfSubjectReviews,
  subjectAccessReviews,
  selfSubjectAccessReviews,
  selfSubjectRulesReviews,
  localSubjectAccessReviews,
];
