import { createHash } from 'node:crypto';

const HASH_BITS = 60n;

/** 60 bits that a flow always has, whichever process asks. */
export function flowHash(schema: string, distinguisher: string): bigint {
  const digest = createHash('sha256').update(`${schema}\u0000${distinguisher}`).digest();
  return digest.readBigUInt64LE(0) & ((1n << HASH_BITS) - 1n);
}

/**
 * Deals `handSize` different cards out of `deckSize`, each hand as likely as any other. Two flows seldom have the same hand, so that one that fills all its
 * queues leaves every other flow at least one that is free.
 */
export function dealHand(hash: bigint, deckSize: number, handSize: number): readonly number[] {
  const dealt: number[] = [];
  let rest = hash;
  for (let count = 0; count < handSize; count++) {
    const left = BigInt(deckSize - count);
    let card = Number(rest % left);
    rest /= left;
    // The card is a place among those that are left: each smaller one that is gone moves it on.
    for (const gone of [...dealt].sort((a, b) => a - b)) if (card >= gone) card++;
    dealt.push(card);
  }
  return dealt;
}
