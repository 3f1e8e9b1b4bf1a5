// One room of rich and poor clients: forwarded where there are slots enough, mixed where there are not.
import assert from 'node:assert/strict';
import { near } from '../lib/media_log.mjs';
import { sleep, until } from '../lib/wait.mjs';

const WINDOW_MS = 400;
// No sum, difference or third-order product of some of them is within 100 Hz of another: coding makes such tones.
const PITCHES = [460, 740, 1610, 1760];

/** Pitches heard within the last WINDOW_MS, in whichever of the client's tracks. */
function heardLately(log) {
  const last = log.tones.at(-1)?.[0] ?? 0;
  return [...new Set(log.tones.filter(([t]) => t > last - WINDOW_MS).flatMap(([, tones]) => tones))];
}

/** Waits until `party` hears all `pitches`, and none of the others, for a second. */
async function hearsExactly(party, pitches, all, timeout = 20000) {
  let heard;
  let since = null;
  await until(
    () => `${party.name} hears just ${pitches.join(', ')} Hz (heard ${heard?.join(', ')})`,
    async () => {
      heard = heardLately(await party.media());
      const right = all.every((hz) => heard.some((x) => near(x, hz)) === pitches.includes(hz));
      since = right ? (since ?? Date.now()) : null;
      return since !== null && Date.now() - since > 1000;
    },
    { timeout, every: 100 },
  );
}

/** What the page's (or the player's) receiver of sound has made up so far, and whether anything was negotiated anew. */
const sound = async () => {
  const { pc } = window.call ?? window.tandem;
  const sum = { samples: 0, concealed: 0, events: 0, lost: 0, agreed: pc.currentRemoteDescription.sdp };
  for (const stat of (await pc.getStats()).values()) {
    if (stat.type === 'inbound-rtp' && stat.kind === 'audio') {
      sum.samples += stat.totalSamplesReceived ?? 0;
      sum.concealed += (stat.concealedSamples ?? 0) - (stat.silentConcealedSamples ?? 0);
      sum.events += stat.concealmentEvents ?? 0;
      sum.lost += stat.packetsLost ?? 0;
    }
  }
  return sum;
};

/** How many slots went over to a mix so far, and how many went back. */
async function changes(relay) {
  const text = await (await fetch(`${relay.url}/metrics`)).text();
  const sum = (name) => [...text.matchAll(new RegExp(`^tandem_${name}\\{.*\\} (\\d+)$`, 'gm'))].reduce((total, [, n]) => total + Number(n), 0);
  return { entered: sum('mix_entered_total'), left: sum('mix_left_total') };
}

/** Waits until the receiver's own buffer has settled: a second without anything made up. */
async function settles(party) {
  let last = null;
  await until(
    `${party.name} makes up nothing more`,
    async () => {
      const { concealed } = await party.evaluate(sound);
      const before = last;
      last = concealed;
      return concealed === before;
    },
    { timeout: 20000, every: 1000 },
  );
}

async function everyKind(t) {
  const relay = await t.ownRelay({ args: ['--mix-speakers', '4'] });
  const [ann, ben, cleo, dan] = PITCHES;
  const all = [ann, ben, cleo, dan];
  const others = (hz) => all.filter((x) => x !== hz);
  const url = (path) => `${relay.url}${path}`;
  const page = (name, who, hz) => t.page('chromium', url(`/r/${t.room}?name=${name}&autojoin=1`), { who, hz, name });
  const first = await page('Ann', 1, ann);
  const second = await page('Ben', 2, ben);
  const third = await t.example('chromium', 'call', `/call/${t.room}`, { relay, who: 3, hz: cleo, name: 'Cleo, two m-lines' });
  const phone = t.script('aiortc', 'phone', `/call/${t.room}`, { relay, who: 4, hz: dan });
  const player = await t.example('chromium', 'whep', `/whep/${t.room}`, { relay });
  await Promise.all([
    hearsExactly(first, others(ann), all),
    hearsExactly(second, others(ben), all),
    hearsExactly(third, others(cleo), all),
    hearsExactly(phone, others(dan), all),
    hearsExactly(player, all, all),
  ]);
  const feeds = await first.evaluate(() => window.tandem.slots.filter((slot) => slot.kind === 'audio' && slot.feed).map((slot) => slot.feed));
  assert.ok(feeds.length >= 3 && feeds.every((feed) => feed === 'track'), `a page with enough slots has them forwarded: ${feeds}`);
}

async function thirdComesAndGoes(t) {
  const [ann, ben, cleo] = PITCHES;
  const all = [ann, ben, cleo];
  const first = await t.example('chromium', 'call', `/call/${t.room}`, { who: 1, hz: ann, name: 'Ann' });
  const second = await t.example('chromium', 'call', `/call/${t.room}`, { who: 2, hz: ben, name: 'Ben' });
  await Promise.all([hearsExactly(first, [ben], all), hearsExactly(second, [ann], all)]);
  await settles(first);
  const before = await first.evaluate(sound);
  const forwarded = await changes(t.relay);
  const since = Date.now();
  const third = await t.example('chromium', 'call', `/call/${t.room}`, { who: 3, hz: cleo, name: 'Cleo' });
  await Promise.all([hearsExactly(first, [ben, cleo], all), hearsExactly(second, [ann, cleo], all), hearsExactly(third, [ann, ben], all)]);
  // All hear it; the relay's counters are told now and then.
  await until('all three hear a mix', async () => (await changes(t.relay)).entered >= forwarded.entered + 3, { timeout: 5000, every: 200 });
  await third.evaluate(() => call.stop());
  await until('the two who stay are forwarded again', async () => (await changes(t.relay)).left >= forwarded.left + 2, { timeout: 15000, every: 200 });
  await Promise.all([hearsExactly(first, [ben], all), hearsExactly(second, [ann], all)]);
  const after = await first.evaluate(sound);
  const made = (after.concealed - before.concealed) / 48;
  console.log(`       made up ${made.toFixed(0)} ms in ${after.events - before.events} events over both changes, lost ${after.lost - before.lost}`);
  assert.equal(after.agreed, before.agreed, 'nobody negotiated anew');
  assert.equal(after.lost, before.lost, 'no number was missing');
  assert.ok(made <= 160, `${made.toFixed(0)} ms of sound were made up`);
  const silent = (await second.media()).tones.filter(([at, tones]) => at > since && tones.length === 0);
  assert.equal(silent.length, 0, 'never a moment of silence');
}

const setMicrophone = {
  on: () => (call.pc.getSenders().find((sender) => sender.track?.kind === 'audio').track.enabled = true),
  off: () => (call.pc.getSenders().find((sender) => sender.track?.kind === 'audio').track.enabled = false),
};

/** Packets of sound that a page has sent so far. */
const soundSent = async () => {
  const stats = [...(await call.pc.getStats()).values()];
  return stats.find((stat) => stat.type === 'outbound-rtp' && stat.kind === 'audio').packetsSent;
};

/** Packets a second of a page's microphone, over some seconds. */
async function rate(party, seconds) {
  const since = Date.now();
  const before = await party.evaluate(soundSent);
  await sleep(seconds * 1000);
  return ((await party.evaluate(soundSent)) - before) / ((Date.now() - since) / 1000);
}

async function silenceIsLeftOut(t, browser) {
  const [ann, ben] = PITCHES;
  const path = `/call/${t.room}?audio=mix`;
  const talker = await t.example(browser, 'call', path, { who: 1, hz: ann, name: 'Ann' });
  const listener = await t.example('chromium', 'call', path, { who: 2, hz: ben, name: 'Ben' });
  await Promise.all([hearsExactly(talker, [ben], PITCHES), hearsExactly(listener, [ann], PITCHES)]);
  const speaking = await rate(talker, 2);
  await talker.evaluate(setMicrophone.off);
  await hearsExactly(listener, [], PITCHES);
  const silent = await rate(talker, 4);
  const since = Date.now();
  await talker.evaluate(setMicrophone.on);
  let first;
  await until(
    `${listener.name} hears ${talker.name} again`,
    async () => (first = (await listener.media()).tones.find(([at, tones]) => at > since && tones.some((hz) => near(hz, ann)))),
    { timeout: 5000, every: 50 },
  );
  console.log(`       ${speaking.toFixed(0)} packets a second, ${silent.toFixed(1)} in silence; heard again after ${(first[0] - since).toFixed(0)} ms`);
  assert.ok(speaking > 45, `${speaking} packets a second while speaking`);
  assert.ok(silent < 15, `${silent} packets a second in silence`);
  assert.ok(first[0] - since < 1000, `heard only after ${first[0] - since} ms`);
}

export default ({ test }) => {
  for (const browser of ['chromium', 'firefox']) {
    test(`mix: ${browser} leaves silence out, and is heard at once after it`, [browser], (t) => silenceIsLeftOut(t, browser), { timeout: 60000, punctual: 200 });
  }
  test('mix: pages, two m-lines, a player and a phone in one room', ['chromium'], everyKind, { timeout: 60000 });
  test('mix: a third one comes and goes, one slot each', ['chromium'], thirdComesAndGoes, { timeout: 90000, punctual: 50 });
};
