/** A bound that a figure is held against. */
export interface Target {
  readonly name: string;
  readonly bound: number;
  /** Whether the figure must be no smaller than the bound, or no larger. */
  readonly is: 'at least' | 'at most';
  readonly figure: number;
}

/** A figure that is not a number meets nothing. */
export function isMet({ figure, is, bound }: Target): boolean {
  return is === 'at least' ? figure >= bound : figure <= bound;
}
