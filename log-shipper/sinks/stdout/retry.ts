/** What passes by itself: a full disk, a signal. Any other failure means that the reader is gone. */
const passing: ReadonlySet<string | undefined> = new Set(['ENOSPC', 'EDQUOT', 'EAGAIN', 'EINTR', 'EIO']);

/** Whether writing may succeed later. */
export function mayRecover(error: unknown): boolean {
  return passing.has((error as NodeJS.ErrnoException).code);
}
