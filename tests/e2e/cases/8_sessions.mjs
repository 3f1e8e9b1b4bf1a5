// What may happen in the life of a session: a handshake without its end, ICE restart, a new offer, simulcast, a lossy line, a silent end.
import assert from 'node:assert/strict';
import { onlyCandidate } from '../lib/candidates.mjs';
import { hears, sees } from '../lib/media_log.mjs';
import { publishLayers } from '../lib/publish_layers.mjs';
import { hostAddress } from '../lib/relay.mjs';
import { sleep, until } from '../lib/wait.mjs';

/** ICE restart by PATCH (RFC 9725 4.4.2), as a page would do it. */
const restartIce = async () => {
  const { pc, session } = window.call;
  const line = (sdp, name) => new RegExp(`^a=${name}:.*$`, 'm').exec(sdp)[0];
  await pc.setLocalDescription(await pc.createOffer({ iceRestart: true }));
  const { sdp } = pc.localDescription;
  const fragment = [line(sdp, 'ice-ufrag'), line(sdp, 'ice-pwd'), /^m=.*$/m.exec(sdp)[0], line(sdp, 'mid'), ''];
  const reply = await fetch(session, {
    method: 'PATCH',
    headers: { 'Content-Type': 'application/trickle-ice-sdpfrag', 'If-Match': '*' },
    body: fragment.join('\r\n'),
  });
  if (reply.status !== 200) {
    throw new Error(`${reply.status} ${await reply.text()}`);
  }
  const renewed = await reply.text();
  const answer = pc.currentRemoteDescription.sdp
    .replace(/^a=ice-ufrag:.*$/gm, line(renewed, 'ice-ufrag'))
    .replace(/^a=ice-pwd:.*$/gm, line(renewed, 'ice-pwd'));
  await pc.setRemoteDescription({ type: 'answer', sdp: answer });
  return [line(sdp, 'ice-ufrag'), line(renewed, 'ice-ufrag')];
};

/** Sends a second picture on a new m-line, by a new offer (PATCH application/sdp). */
const share = async (camera) => {
  const { pc, session } = window.call;
  const [track] = e2e.secondCamera(camera).getVideoTracks();
  pc.addTransceiver(track, { direction: 'sendonly' });
  await pc.setLocalDescription();
  const headers = { 'Content-Type': 'application/sdp' };
  const reply = await fetch(session, { method: 'PATCH', headers, body: pc.localDescription.sdp });
  if (reply.status !== 200) {
    throw new Error(`${reply.status} ${await reply.text()}`);
  }
  await pc.setRemoteDescription({ type: 'answer', sdp: await reply.text() });
};

const sum = (client, type, field) =>
  client.evaluate(
    async ([type, field]) => {
      let total = 0;
      for (const stat of (await window.call.pc.getStats()).values()) {
        total += stat.type === type ? (stat[field] ?? 0) : 0;
      }
      return total;
    },
    [type, field],
  );

/** True for the end of a handshake as the relay sends it: ChangeCipherSpec and Finished. */
const isLastFlight = (datagram) => datagram[0] === 20;

/** The relay's last flight of a handshake is lost `times` times: its peer has no keys, whatever the relay sends. */
async function comesUpWithoutTheEnd(t, make, times) {
  const came = [];
  const swallow = (datagram) => isLastFlight(datagram) && came.push(Date.now()) <= times;
  const target = { address: hostAddress(4), port: t.relay.mediaPort };
  const proxy = await t.rebindProxy({ host: hostAddress(4), target, swallow });
  const gateway = await t.gateway({ rewrite: (sdp) => onlyCandidate(sdp, proxy.host, proxy.port) });
  const ann = await make({ gateway, who: 1, hz: 440 });
  const ben = await t.example('chromium', 'call', `/call/${t.room}`, { who: 2, hz: 660 });
  await Promise.all([sees(ann, 2), sees(ben, 1), hears(ann, 660), hears(ben, 440)]);
  console.log(`       last flights after (ms) ${came.map((at) => at - came[0]).join(', ')}`);
  assert.ok(came.length > times, 'it was repeated');
}

/** How many are in all rooms of a relay. */
const participants = async (relay) =>
  Number(/^tandem_participants (\d+)$/m.exec(await (await fetch(`${relay.url}/metrics`)).text())[1]);

export default ({ test, browsers }) => {
  for (const browser of browsers) {
    test(`session: ${browser} restarts ICE by PATCH`, [browser], async (t) => {
      const ann = await t.example(browser, 'call', `/call/${t.room}`, { who: 1, hz: 440 });
      const ben = await t.example(browser, 'call', `/call/${t.room}`, { who: 2, hz: 660 });
      const both = () => Promise.all([sees(ann, 2), sees(ben, 1), hears(ann, 660), hears(ben, 440)]);
      await both();
      const [mine, theirs] = await ann.evaluate(restartIce);
      assert.notEqual(mine, theirs);
      await both();
      await ann.waitFor('ICE is connected again', () => ['connected', 'completed'].includes(call.pc.iceConnectionState));
    });

    test(`session: ${browser} loses the end of the handshake three times`, [...new Set(['chromium', browser])], (t) =>
      comesUpWithoutTheEnd(t, (options) => t.example(browser, 'call', `/call/${t.room}`, options), 3));

    test(`session: ${browser} closes without a word, and is gone at once`, [browser], async (t) => {
      const relay = await t.ownRelay();
      const ann = await t.example(browser, 'call', `/call/${t.room}`, { relay, who: 1, hz: 440 });
      const ben = await t.example(browser, 'call', `/call/${t.room}`, { relay, who: 2, hz: 660 });
      await Promise.all([sees(ann, 2), sees(ben, 1)]);
      assert.equal(await participants(relay), 2);
      await ann.evaluate(() => call.pc.close()); // DTLS says so (close_notify), HTTP does not
      await until('the relay has noticed', async () => (await participants(relay)) === 1, { timeout: 2000, every: 50 });
    });

    test(`session: ${browser} offers a second picture in mid-call`, [browser], async (t) => {
      const ann = await t.page(browser, `${t.relay.url}/r/${t.room}?name=Ann&autojoin=1`, { who: 1, hz: 440, name: 'Ann' });
      const ben = await t.example(browser, 'call', `/call/${t.room}?name=Ben`, { who: 2, hz: 660 });
      await Promise.all([sees(ann, 2), sees(ben, 1)]);
      await ben.evaluate(share, { who: 9, hz: 0 });
      await ann.waitFor('two slots show Ben', () => tandem.slots.filter((s) => s.kind === 'video' && s.feed === 'track').length === 2);
      await Promise.all([sees(ben, 1), hears(ann, 660), hears(ben, 440)]);
    });

    test(`session: ${browser} publishes simulcast`, [browser], async (t) => {
      const gateway = await t.gateway();
      const publisher = await t.page(browser, `${gateway.url}/pages/empty.html`, { name: 'simulcast' });
      const camera = { who: 8, hz: 750, width: 960, height: 540 };
      const answer = await publisher.evaluate(publishLayers, { url: t.url(`/whip/${t.room}`), camera });
      assert.match(answer, /^a=simulcast:recv l;m;h\r$/m);
      const player = await t.example(browser, 'whep', `/whep/${t.room}`);
      await Promise.all([sees(player, 8), hears(player, 750)]);
      await until('layers are sent', async () => (await sum(publisher, 'outbound-rtp', 'framesEncoded')) > 60, { timeout: 10000 });
      await Promise.all([sees(player, 8), hears(player, 750)]);
    });

    test(`session: ${browser} on a line that loses 5 % each way`, [browser], async (t) => {
      const target = { address: hostAddress(4), port: t.relay.mediaPort };
      const proxy = await t.rebindProxy({ host: hostAddress(4), target, up: { loss: 0.05 }, down: { loss: 0.05 } });
      const gateway = await t.gateway({ rewrite: (sdp) => onlyCandidate(sdp, proxy.host, proxy.port) });
      const ann = await t.example(browser, 'call', `/call/${t.room}`, { gateway, who: 1, hz: 440 });
      const ben = await t.example(browser, 'call', `/call/${t.room}`, { who: 2, hz: 660 });
      await Promise.all([sees(ann, 2), sees(ben, 1), hears(ann, 660), hears(ben, 440)]);
      const count = async () => [
        [await sum(ben, 'outbound-rtp', 'framesEncoded'), await sum(ann, 'inbound-rtp', 'framesDecoded')],
        [await sum(ann, 'outbound-rtp', 'framesEncoded'), await sum(ben, 'inbound-rtp', 'framesDecoded')],
      ];
      const before = await count();
      await sleep(5000); // the rate is the claim, so time has to pass
      const after = await count();
      const shares = after.map(([sent, got], i) => (got - before[i][1]) / (sent - before[i][0]));
      const repaired = [await sum(ann, 'inbound-rtp', 'retransmittedPacketsReceived'), await sum(ann, 'outbound-rtp', 'retransmittedPacketsSent')];
      console.log(`       pictures down ${shares[0].toFixed(2)}, up ${shares[1].toFixed(2)}; repaired down ${repaired[0]}, up ${repaired[1]}`);
      assert.ok(shares[0] > 0.8 && shares[1] > 0.8, 'more than four in five pictures arrive');
      await until('the relay asked the client to repeat', async () => (await sum(ann, 'outbound-rtp', 'retransmittedPacketsSent')) > 0, { timeout: 15000 });
      if (browser === 'chromium') {
        assert.ok(repaired[0] > 0, 'the client got repeats from the relay');
      }
    }, { punctual: 100 });
  }
  for (const make of ['gst', 'aiortc']) {
    test(`session: ${make} loses the end of the handshake`, ['chromium'], (t) =>
      comesUpWithoutTheEnd(t, (options) => t.script(make, 'call', `/call/${t.room}`, options), 1));
  }
};
