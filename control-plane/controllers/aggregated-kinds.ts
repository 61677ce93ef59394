import type { ResourceType } from '../../lib/kube/resources.ts';

/** Kinds that other API servers answer under this one. The client of the controllers reaches them like any other. */
export interface AggregatedKinds {
  /** Those whose objects can be listed, watched and deleted, each once, whatever versions it has. */
  list(): readonly ResourceType[];
  /** Group versions (`zoo.example.com/v1`) of which it is not known at present what they serve, since their server cannot be asked. */
  undiscovered(): readonly string[];
  /** Calls back when either has changed. The returned function ends it. */
  onChange(listener: () => void): () => void;
}

export const noAggregatedKinds: AggregatedKinds = { list: () => [], undiscovered: () => [], onChange: () => () => {} };
