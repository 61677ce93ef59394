/** What requests to the file system are called among a process's resources: reads, writes and the like, and closing. */
const FILE_REQUEST = /^FSReq|^CloseReq$/;

/** More turns of the event loop than any piece of work on the disk takes. */
const MAX_TURNS = 1_000_000;

/**
 * Resolves when nothing that this thread asked of the file system is under way, nor anything that followed from the answers. For tests with a clock of their own,
 * whose time must not pass while the code under test waits for a disk that knows no such clock.
 */
export async function diskAtRest(): Promise<void> {
  for (let quiet = 0, turns = 0; quiet < 2; turns++) {
    if (turns > MAX_TURNS) throw new Error('the file system is never at rest');
    await new Promise((resolve) => setImmediate(resolve));
    quiet = process.getActiveResourcesInfo().some((resource) => FILE_REQUEST.test(resource)) ? 0 : quiet + 1;
  }
}
