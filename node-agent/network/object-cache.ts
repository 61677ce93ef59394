import type { Informer } from '../../lib/kube/informer.ts';
import type { KubeObject } from '../../lib/kube/types.ts';

/** What rules and DNS answers need of an informer. */
export type ObjectCache<T extends KubeObject> = Pick<Informer<T>, 'list' | 'onChange' | 'whenSynced'>;
