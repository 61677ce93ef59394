/** Answers of upstream's that are failures by their number only: clients know them. */
export const publishedFailures: readonly (readonly [status: number, message: RegExp])[] = [
  // A revision of the future, which may come.
  [504, /Timeout: Too large resource version: \d+, current: \d+/],
  // Only who made the budgets can help.
  [500, /This pod has more than one PodDisruptionBudget, which the eviction subresource does not support\./],
];

/** Whether kube-apiserver answers so by its documentation, in whatever format. */
export function isPublished(status: number, text: string): boolean {
  return publishedFailures.some(([one, message]) => one === status && message.test(text));
}
