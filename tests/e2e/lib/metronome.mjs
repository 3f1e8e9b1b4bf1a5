// Does this process run when its time has come? Its lines forward, and its tests look, only as exactly as that.

const EVERY_MS = 5;

export class Metronome {
  #last = performance.now();

  constructor() {
    this.worst = 0;
    setInterval(() => this.#tick(), EVERY_MS).unref();
  }

  #tick() {
    const now = performance.now();
    this.worst = Math.max(this.worst, now - this.#last - EVERY_MS);
    this.#last = now;
  }

  /** From now on. */
  reset() {
    this.worst = 0;
    this.#last = performance.now();
  }
}
