// What a client of any make tells about its media, and the questions that tests ask of it. All times are Date.now() milliseconds.
//   frames  [[time, who, counter], ...]   pictures it decoded and could read
//   tones   [[time, [Hz, ...]], ...]      pitches that it heard, the loudest first
//   sent    [[time, counter], ...]        pictures it drew
//   events  [[time, message], ...]        what the relay told a page by WebSocket
import { until } from './wait.mjs';

const TONE_TOLERANCE_HZ = 12;

export const near = (a, b) => Math.abs(a - b) <= TONE_TOLERANCE_HZ;

/** Pictures of `who` among `frames` from `since` on. */
export const picturesOf = (log, who, since = 0) => log.frames.filter(([t, w]) => w === who && t >= since);

/** True when the counters never fall (they are 16 bits wide). A browser may send one picture of a canvas twice. */
export function inOrder(frames) {
  return frames.every(([, , counter], i) => i === 0 || ((counter - frames[i - 1][2]) & 0xffff) < 0x8000);
}

/** Waits until `party` has shown `count` more pictures of `who`, in order. */
export async function sees(party, who, { count = 15, timeout = 15000, since = Date.now() } = {}) {
  let log;
  await until(
    () => `${party.name} sees ${count} pictures of ${who} (saw ${log && describe(log, since)})`,
    async () => {
      log = await party.media();
      return picturesOf(log, who, since).length >= count;
    },
    { timeout, every: 100 },
  );
  const frames = picturesOf(log, who, since);
  if (!inOrder(frames)) {
    throw new Error(`${party.name}: pictures of ${who} out of order: ${frames.map((f) => f[2]).join(' ')}`);
  }
  return frames;
}

/** Waits until `party` has heard all of `pitches` at once, `count` times since `since`. */
export async function hears(party, pitches, { count = 10, timeout = 15000, since = Date.now() } = {}) {
  const wanted = [pitches].flat();
  let log;
  await until(
    () => `${party.name} hears ${wanted.join(' and ')} Hz (heard ${log && describe(log, since)})`,
    async () => {
      log = await party.media();
      const heard = log.tones.filter(([t, tones]) => t >= since && wanted.every((hz) => tones.some((x) => near(x, hz))));
      return heard.length >= count;
    },
    { timeout, every: 100 },
  );
}

/** Waits until `party` has shown no picture of `who` (of anybody) for `ms`. */
export async function seesNothing(party, who = null, { ms = 500, timeout = 5000 } = {}) {
  const since = Date.now();
  await until(
    `${party.name} sees nothing of ${who ?? 'anybody'}`,
    async () => {
      const { frames } = await party.media();
      const last = frames.filter(([, w]) => who === null || w === who).at(-1)?.[0] ?? 0;
      return Date.now() - Math.max(last, since) >= ms;
    },
    { timeout, every: 100 },
  );
}

/** Waits until `party` has heard no pitch at all for `ms`. */
export async function hearsNothing(party, { ms = 1000, timeout = 15000 } = {}) {
  await until(
    `${party.name} hears nothing`,
    async () => {
      const log = await party.media();
      const last = log.tones.at(-1)?.[0] ?? 0;
      const recent = log.tones.filter(([t]) => t > last - ms);
      return recent.length > 3 && recent.every(([, tones]) => tones.length === 0);
    },
    { timeout, every: 100 },
  );
}

export function describe(log, since = 0) {
  const who = new Map();
  for (const [, w] of log.frames.filter(([t]) => t >= since)) {
    who.set(w, (who.get(w) ?? 0) + 1);
  }
  const tones = new Map();
  for (const [, list] of log.tones.filter(([t]) => t >= since)) {
    tones.set(list.join('+') || 'silence', (tones.get(list.join('+') || 'silence') ?? 0) + 1);
  }
  const text = (map) => [...map].map(([k, n]) => `${k} x${n}`).join(', ') || 'nothing';
  return `pictures of ${text(who)}; tones ${text(tones)}; ${log.unreadable ?? 0} unreadable; state ${log.state}`;
}
