import { EncryptedStore } from '../../../control-plane/store/encryption/encrypted-store.ts';
import { MemoryStore } from '../../../control-plane/store/memory-store.ts';
import { everythingSealed } from './everything-sealed.ts';
import { describeStore } from './store-contract.ts';

describeStore('memory', {
  open: async () => {
    const store = new MemoryStore();
    await store.start();
    return store;
  },
  close: (store) => store.stop(AbortSignal.abort()),
});

describeStore('memory, encrypted', {
  open: async () => {
    const store = new EncryptedStore(new MemoryStore(), everythingSealed());
    await store.start(new AbortController().signal);
    return store;
  },
  close: (store) => store.stop(AbortSignal.abort()),
});
