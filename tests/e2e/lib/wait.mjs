// Waiting: always on a condition, always with a deadline.

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

export class Timeout extends Error {}

/** Thrown by a test that cannot be run on this machine; the message says why. */
export class Skip extends Error {}

/** Settles as `promise` does, or fails with `what` after `ms`. */
export async function within(ms, what, promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Timeout(`${what}: not within ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Calls `probe` until it returns something truthy, and returns that. `what` may be a function: it is called
 * at the deadline, so that the message can tell how far it came.
 */
export async function until(what, probe, { timeout = 10000, every = 50 } = {}) {
  const deadline = Date.now() + timeout;
  for (;;) {
    const value = await probe();
    if (value) {
      return value;
    }
    if (Date.now() > deadline) {
      const text = typeof what === 'function' ? await what() : what;
      throw new Timeout(`${text}: not within ${timeout} ms`);
    }
    await sleep(every);
  }
}
