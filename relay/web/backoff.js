// Waiting longer after each failure, never in step with everybody else.

/**
 * Milliseconds to wait before attempt number `tries` (0 = the first retry): doubles from `base` up to `cap`, then
 * takes a random point in the upper half, so that a room full of people does not knock at the same moment.
 */
export function backoffMs(tries, { base = 500, cap = 15000, random = Math.random } = {}) {
    const whole = Math.min(cap, base * 2 ** Math.min(tries, 30));
    return Math.round(whole / 2 + random() * whole / 2);
}
