/** A sum that keeps what is lost by rounding apart and adds it back (Kahan's algorithm), so that the order of values hardly matters. */
export class KahanSum {
  value = 0;
  #lost = 0;

  add(value: number): void {
    if (!Number.isFinite(value) || !Number.isFinite(this.value)) {
      this.value += value;
      return;
    }
    const corrected = value + this.#lost;
    const sum = this.value + corrected;
    this.#lost = corrected - (sum - this.value);
    this.value = sum;
  }
}
