/** Counts what is being worked, reads and writes apart; streams are not. */
export class InFlight {
  reading = 0;
  writing = 0;

  enter(isWrite: boolean): void {
    if (isWrite) this.writing++;
    else this.reading++;
  }

  leave(isWrite: boolean): void {
    if (isWrite) this.writing--;
    else this.reading--;
  }
}
