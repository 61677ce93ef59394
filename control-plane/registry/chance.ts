import { randomInt, randomUUID } from 'node:crypto';

/** Upstream's alphabet for generated names: no vowels, so that no words come out. */
const ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';
const SUFFIX_LENGTH = 5;

/** What is made up at random, as a dependency. */
export interface Chance {
  uid(): string;
  /** Five characters for `generateName`. */
  suffix(): string;
  /** A whole number from 0 to below `count`; 0 when there is nothing to choose from. */
  below(count: number): number;
}

export const systemChance: Chance = {
  uid: () => randomUUID(),
  suffix: () => Array.from({ length: SUFFIX_LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join(''),
  below: (count) => (count > 1 ? randomInt(count) : 0),
};
