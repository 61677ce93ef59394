import { nodeConditionRule } from './node-condition.ts';

/** A store refuses documents of a node: they are in the dead-letter stream with the reason, and missing where they are looked for. */
export const logStoreRefusesDocuments = nodeConditionRule({
  name: 'LogStoreRefusesDocuments',
  severity: 'warning',
  forMs: 0,
  condition: 'vigil.dev/LogDocumentsRefused',
  words: 'has log documents that the store refuses',
});
