import { labelMatcher } from './label-selector.ts';
import { selectorMeansNode } from './node-selector.ts';
import { compareQuantities, parseQuantity } from './quantity.ts';
import { classNameOf } from './storage.ts';
import type { Node, PersistentVolume, PersistentVolumeClaim } from './types.ts';

/** Whether a volume is where a node can have it. */
export function isVolumeOnNode(volume: PersistentVolume, node: Node): boolean {
  const required = volume.spec?.nodeAffinity?.required;
  return !required || selectorMeansNode(required, node);
}

/** Why a volume is not what a claim asks for; `undefined` when it is. */
export function mismatchOf(volume: PersistentVolume, claim: PersistentVolumeClaim): string | undefined {
  const { spec } = volume;
  const wanted = claim.spec;
  if ((classNameOf(volume) ?? '') !== (classNameOf(claim) ?? '')) return 'storageClassName does not match';
  if ((spec?.volumeMode ?? 'Filesystem') !== (wanted?.volumeMode ?? 'Filesystem')) return 'incompatible volumeMode';
  if (!(wanted?.accessModes ?? []).every((mode) => spec?.accessModes?.includes(mode))) return 'incompatible accessMode';
  const asked = parseQuantity(wanted?.resources?.requests?.['storage'] ?? '0');
  return compareQuantities(parseQuantity(spec?.capacity?.['storage'] ?? '0'), asked) < 0
    ? 'requested PV is too small'
    : undefined;
}

/**
 * The free volume that a claim should have: the smallest that is enough, then the first by name. `node` = it must be there. `undefined` when there is none.
 */
export function freeVolumeFor(
  claim: PersistentVolumeClaim,
  volumes: Iterable<PersistentVolume>,
  node: Node | undefined,
): PersistentVolume | undefined {
  const selector = claim.spec?.selector && labelMatcher(claim.spec.selector);
  let best: PersistentVolume | undefined;
  for (const volume of volumes) {
    if (volume.spec?.claimRef || volume.metadata?.deletionTimestamp !== undefined) continue;
    if (selector && !selector.matches(volume.metadata?.labels)) continue;
    if (node && !isVolumeOnNode(volume, node)) continue;
    if (mismatchOf(volume, claim) === undefined && (!best || isBefore(volume, best))) best = volume;
  }
  return best;
}

/** The volume that was set aside for a claim, whether bound or not. */
export function volumeReservedFor(
  claim: PersistentVolumeClaim,
  volumes: Iterable<PersistentVolume>,
): PersistentVolume | undefined {
  for (const volume of volumes) if (refersTo(volume, claim)) return volume;
  return undefined;
}

/** Whether a volume names the claim: by UID where it has one, so that a claim of a former one's name is not taken for it. */
export function refersTo({ spec }: PersistentVolume, { metadata }: PersistentVolumeClaim): boolean {
  const claim = spec?.claimRef;
  return (
    claim !== undefined &&
    claim.namespace === metadata?.namespace &&
    claim.name === metadata?.name &&
    (!claim.uid || claim.uid === metadata?.uid)
  );
}

function isBefore(a: PersistentVolume, b: PersistentVolume): boolean {
  const size = (volume: PersistentVolume) => parseQuantity(volume.spec?.capacity?.['storage'] ?? '0');
  const order = compareQuantities(size(a), size(b));
  return order !== 0 ? order < 0 : (a.metadata?.name ?? '') < (b.metadata?.name ?? '');
}
