// One direction of a thin line: a bottleneck with a drop-tail queue, then a delay, then chance. Like a home router: what
// waits longer than the queue holds is lost.

const TICK_MS = 1;
const OVERHEAD_BYTES = 28; // IPv4 and UDP: they need their time on the line too

/** Numbers in [0, 1), the same in every run. */
function randomFrom(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

export class Line {
  #random;
  #free = 0; // when the bottleneck is free again
  #waiting = []; // [due, deliver], in order
  #timer = null;

  /** `rate` bit/s (Infinity = none), `queue` ms of waiting at most, `delay` ms, `loss` 0 to 1; `every`: each so manieth is lost, 0 = none. All may change at any time. */
  constructor({ rate = Infinity, queue = 300, delay = 0, loss = 0, every = 0, seed = 7 } = {}) {
    Object.assign(this, { rate, queue, delay, loss, every });
    this.#random = randomFrom(seed);
    this.counts = { sent: 0, lost: 0, overflowed: 0, bytes: 0 };
  }

  /** Takes a datagram of `bytes`; calls `deliver` when it has come through. */
  pass(bytes, deliver) {
    this.counts.sent += 1;
    if (this.#random() < this.loss || (this.every > 0 && this.counts.sent % this.every === 0)) {
      this.counts.lost += 1;
      return;
    }
    if (this.rate === Infinity && this.delay === 0 && this.#waiting.length === 0) {
      this.counts.bytes += bytes;
      deliver();
      return;
    }
    const now = performance.now();
    const start = Math.max(now, this.#free);
    if (start - now > this.queue) {
      this.counts.overflowed += 1;
      return;
    }
    this.counts.bytes += bytes;
    this.#free = start + ((bytes + OVERHEAD_BYTES) * 8000) / this.rate;
    const due = Math.max(this.#free + this.delay, this.#waiting.at(-1)?.[0] ?? 0);
    this.#waiting.push([due, deliver]);
    this.#timer ??= setInterval(() => this.#tick(), TICK_MS);
  }

  #tick() {
    const now = performance.now();
    while (this.#waiting.length > 0 && this.#waiting[0][0] <= now) {
      this.#waiting.shift()[1]();
    }
    if (this.#waiting.length === 0) {
      this.close();
    }
  }

  close() {
    clearInterval(this.#timer);
    this.#timer = null;
    this.#waiting = [];
  }
}
