/** A valid object of a kind with most of the members that people write, from which others are made by changing one thing. */
export interface BaseObject {
  /** Of the collection it is posted to. */
  readonly path: string;
  readonly object: Members;
  /** What has to be there before it. */
  readonly needs?: readonly BaseObject[];
  /** Answered when it is posted, and never there. */
  readonly isPosted?: true;
}

export type Members = Readonly<Record<string, unknown>>;

/** What is sent to a subresource of an object that is there. */
export interface Part {
  readonly method: 'PUT' | 'POST';
  readonly object: Members;
  /** Where it is changed; everywhere but in its metadata if absent. */
  readonly under?: string;
}

export const core = '/api/v1/namespaces/default';
export const group = (name: string, version = 'v1'): string => `/apis/${name}/${version}`;
export const namespaced = (name: string, version = 'v1'): string => `${group(name, version)}/namespaces/default`;

export const labels = { app: 'web' };
export const meta = (name: string) => ({ name, labels, annotations: { note: 'x' } });
