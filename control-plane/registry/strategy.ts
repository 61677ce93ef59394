import type { KubeObject, StatusCause } from '../../lib/kube/types.ts';

/** One thing that is wrong with a field: `reason` is `FieldValueInvalid`, `FieldValueRequired`, `FieldValueDuplicate`, `FieldValueForbidden`…, `field` a path like `spec.containers[0].name`. */
export type FieldError = StatusCause;

/** How the specs of a kind that is made of templates are judged. */
export interface SpecRules {
  /** The member that is each object's own: where a pod runs. */
  readonly own: string;
  /** What is asked of that member, beside whatever else the spec says. */
  validateOwn(spec: Readonly<Record<string, unknown>>): readonly FieldError[];
}

/**
 * What is particular to one kind, called by the one generic write path in this order: `default` → `prepareFor…` → `validate…`. Every method is optional and
 * synchronous. The object handed to `default` and `prepareFor…` belongs to the call and may be written to; `old` and whatever is validated is frozen or must be
 * treated so. Metadata (uid, timestamps, generation, resourceVersion, labels, annotations, owner references) is the generic path's business.
 */
export interface Strategy<T extends KubeObject = KubeObject> {
  /** Fills in what the client left out, as upstream does. Idempotent: runs on creates, updates and patches. */
  default?(object: T): void;
  /** Wipes what a creator may not say (usually `status`) and sets initial values. */
  prepareForCreate?(object: T): void;
  /** Update of the main resource: restores what it may not change (usually `status` from `old`). */
  prepareForUpdate?(object: T, old: T): void;
  /** Update of the `status` subresource: restores everything but `status` and metadata. Without it the generic path keeps `spec` and the like of `old`. */
  prepareForStatusUpdate?(object: T, old: T, nowMs: number, subresource: 'status' | 'approval'): void;
  /** `old` is what an update would replace; absent when the object is new. `warn` takes what is wrong and yet let through, as text for a `Warning` header. */
  validate?(object: T, old?: T, warn?: (text: string) => void): readonly FieldError[];
  /** In addition to `validate`: what may not change. */
  validateUpdate?(object: T, old: T): readonly FieldError[];
  validateStatusUpdate?(object: T, old: T, warn?: (text: string) => void): readonly FieldError[];
  /** What is wrong with a name of this kind; DNS-1123 subdomain when absent. */
  nameErrors?(name: string): readonly string[];
  /** Set where other annotations are another generation, too: for Deployments, as upstream. */
  readonly generationCountsAnnotations?: boolean;
  /** Sent as `Warning` headers with a create or update. */
  warnings?(object: T): readonly string[];
  /**
   * Set for kinds that are made of templates, many objects from one. Their `validate` and `warnings` look at nothing of a new object but its spec, so that one that was
   * judged before need not be judged again.
   */
  readonly specRules?: SpecRules;
  /** Subresources, beside `status`, by which a part of the object is changed. */
  readonly subresources?: Readonly<Partial<Record<PartSubresource, SubresourceStrategy<T>>>>;
}

/** Subresources that take and answer the whole object and change one part of it. */
export type PartSubresource = 'ephemeralcontainers' | 'resize';

/** Takes the place of `prepareForUpdate` and `validateUpdate` in updates by a subresource. */
export interface SubresourceStrategy<T extends KubeObject = KubeObject> {
  /** Restores everything from `old` but the part that the subresource is about. */
  prepareForUpdate(object: T, old: T): void;
  validateUpdate(object: T, old: T): readonly FieldError[];
}
