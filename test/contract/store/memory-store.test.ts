import { MemoryStore } from '../../../control-plane/store/memory-store.ts';
import { describeStore } from './store-contract.ts';

describeStore('memory', {
  open: async () => {
    const store = new MemoryStore();
    await store.start();
    return store;
  },
  close: (store) => store.stop(AbortSignal.abort()),
});
