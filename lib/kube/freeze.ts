/**
 * Freezes a JSON value with everything in it and returns it. What is already frozen is taken to be frozen all the way down, so that sharing
 * objects between caches costs nothing.
 */
export function freezeDeep<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const child of Object.values(value)) freezeDeep(child);
  return value;
}
