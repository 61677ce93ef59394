import type { ResourceType } from '../../lib/kube/resources.ts';
import type { KubeObject, SubjectAccessReview, TokenReview } from '../../lib/kube/types.ts';

function review<T extends KubeObject>(group: string, kind: string): ResourceType<T> {
  const singular = kind.toLowerCase();
  return {
    group,
    version: 'v1',
    kind,
    plural: `${singular}s`,
    singular,
    namespaced: false,
    shortNames: [],
    categories: [],
  };
}

/** Questions to the API that are asked by `create` and answered in `status`. */
export const tokenReviews = review<TokenReview>('authentication.k8s.io', 'TokenReview');
export const subjectAccessReviews = review<SubjectAccessReview>('authorization.k8s.io', 'SubjectAccessReview');
