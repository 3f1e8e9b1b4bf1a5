// A client's source port changes in mid-call, as when a NAT loses its table: media must be back both ways within a second
// of the first datagram that the client sends through the new port.
import assert from 'node:assert/strict';
import { onlyCandidate } from '../lib/candidates.mjs';
import { hears, picturesOf, sees } from '../lib/media_log.mjs';
import { hostAddress } from '../lib/relay.mjs';
import { until } from '../lib/wait.mjs';

const LIMIT_MS = 1000;

/** Time from `since` to the first picture of `who` at `to` that was drawn after `since`. */
async function pictureGap(from, to, who, since) {
  let gap = null;
  await until(
    () => `${to.name} sees new pictures of ${from.name}`,
    async () => {
      const drawn = (await from.media()).sent.filter(([t]) => t <= since).at(-1)?.[1] ?? 0;
      const fresh = picturesOf(await to.media(), who, since).find(([, , counter]) => {
        const step = (counter - drawn) & 0xffff;
        return step > 0 && step < 0x8000;
      });
      gap = fresh ? fresh[0] - since : null;
      return fresh;
    },
    { timeout: 15000, every: 50 },
  );
  return Math.round(gap);
}

/** Time from `since` to the first audio packet that `to` received after it. 60 ms are let pass for what was under way. */
async function packetGap(to, since) {
  let gap = null;
  await until(
    () => `${to.name} receives audio packets again`,
    async () => {
      const { packets } = await to.media();
      const before = packets.filter(([t]) => t <= since + 60).at(-1)?.[1] ?? 0;
      const fresh = packets.find(([t, count]) => t > since + 60 && count > before);
      gap = fresh ? fresh[0] - since : null;
      return fresh;
    },
    { timeout: 15000, every: 50 },
  );
  return Math.round(gap);
}

/** A way to the relay that can lose its port: what a client needs to be put behind it. */
async function behindNat(t) {
  const proxy = await t.rebindProxy({
    host: hostAddress(4),
    target: { address: hostAddress(4), port: t.relay.mediaPort },
  });
  return { proxy, gateway: await t.gateway({ rewrite: (sdp) => onlyCandidate(sdp, proxy.host, proxy.port) }) };
}

/** Gives the client a new source port. @return time of the first datagram that the client sent through it */
async function rebind(proxy) {
  const asked = Date.now();
  proxy.rebind();
  const since = await until('the client sends through its new port', () => proxy.firstSent, { timeout: 8000, every: 5 });
  console.log(`       the client spoke ${Math.round(Date.now() - asked)} ms after it had lost its port`);
  return since;
}

/** Time from `since` until every stream that the relay sent before came to the new port. */
const streamsGap = (proxy, since) =>
  until(
    'every stream of the relay comes to the new port',
    () => proxy.before.size > 0 && [...proxy.before].every((ssrc) => proxy.back.has(ssrc)) && Math.max(...proxy.back.values()),
    { timeout: 15000, every: 10 },
  ).then((time) => time - since);

async function withinLimit(gaps) {
  const measured = Object.fromEntries(await Promise.all(Object.entries(gaps).map(async ([k, v]) => [k, await v])));
  console.log(`       back after (ms) ${JSON.stringify(measured)}`);
  for (const [what, ms] of Object.entries(measured)) {
    assert.ok(ms <= LIMIT_MS, `${what} was back only after ${ms} ms`);
  }
}

async function survives(t, makeClient, { video = true } = {}) {
  const { proxy, gateway } = await behindNat(t);
  const client = await makeClient(`/call/${t.room}`, gateway);
  const peer = await t.example('chromium', 'call', `/call/${t.room}`, { who: 2, hz: 700 });
  const both = () =>
    Promise.all([
      hears(client, 700),
      hears(peer, 440),
      ...(video ? [sees(client, 2, { count: 10 }), sees(peer, 1, { count: 10 })] : []),
    ]);
  await both();
  await peer.evaluate(() => e2e.countPackets(window.call.pc));

  const since = await rebind(proxy);
  const gaps = { 'audio up': packetGap(peer, since), 'relay to client': streamsGap(proxy, since) };
  if (video) {
    gaps['picture up'] = pictureGap(client, peer, 1, since);
    gaps['picture down'] = pictureGap(peer, client, 2, since);
  }
  await withinLimit(gaps);
  await both();
}

/** A WHIP publisher and a WHEP player; one of them is behind the NAT. */
async function oneWaySurvives(t, browser, moves) {
  const { proxy, gateway } = await behindNat(t);
  const behind = (who) => (who === moves ? { gateway } : {});
  const publisher = await t.example(browser, 'whip', `/whip/${t.room}`, { who: 3, hz: 523, ...behind('publisher') });
  const player = await t.example(browser, 'whep', `/whep/${t.room}`, behind('player'));
  const plays = () => Promise.all([sees(player, 3, { count: 10 }), hears(player, 523)]);
  await plays();
  await player.evaluate(() => e2e.countPackets(window.call.pc));

  const since = await rebind(proxy);
  const gaps = { audio: packetGap(player, since), picture: pictureGap(publisher, player, 3, since) };
  if (moves === 'player') {
    gaps['relay to client'] = streamsGap(proxy, since);
  }
  await withinLimit(gaps);
  await plays();
}

export default ({ test: anyTest, browsers }) => {
  const test = (name, uses, body) => anyTest(name, uses, body, { punctual: LIMIT_MS / 4 });
  for (const browser of browsers) {
    test(`rebind: ${browser}`, [...new Set(['chromium', browser])], (t) =>
      survives(t, (path, gateway) => t.example(browser, 'call', path, { gateway, who: 1, hz: 440 })));
  }
  for (const browser of browsers) {
    for (const moves of ['publisher', 'player']) {
      test(`rebind: whip-whep, ${browser} ${moves} moves`, [browser], (t) => oneWaySurvives(t, browser, moves));
    }
  }
  for (const make of ['gst', 'aiortc']) {
    test(`rebind: ${make}`, ['chromium'], (t) =>
      survives(t, (path, gateway) => t.script(make, 'call', path, { gateway, who: 1, hz: 440 })));
  }
  test('rebind: baresip', ['chromium'], (t) =>
    survives(t, (path, gateway) => t.baresip(path, { gateway, hz: 440 }), { video: false }));
};
