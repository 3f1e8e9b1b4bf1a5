// A WHIP publisher and a WHEP player of nothing but RTCPeerConnection and fetch, in and across browsers.
import assert from 'node:assert/strict';
import { hears, picturesOf, sees } from '../lib/media_log.mjs';
import { until } from '../lib/wait.mjs';

const counters = (client) =>
  client.evaluate(async () => {
    const count = { framesEncoded: 0, framesDecoded: 0, audioPackets: 0 };
    for (const stat of (await window.call.pc.getStats()).values()) {
      count.framesEncoded += stat.type === 'outbound-rtp' ? (stat.framesEncoded ?? 0) : 0;
      count.framesDecoded += stat.type === 'inbound-rtp' ? (stat.framesDecoded ?? 0) : 0;
      count.audioPackets += stat.type === 'inbound-rtp' && stat.kind === 'audio' ? stat.packetsReceived : 0;
    }
    return count;
  });

export default ({ test, browsers }) => {
  for (const from of browsers) {
    for (const to of browsers) {
      test(`whip-whep: ${from} publishes, ${to} plays`, [...new Set([from, to])], async (t) => {
        const publisher = await t.example(from, 'whip', `/whip/${t.room}`, { who: 3, hz: 523 });
        const player = await t.example(to, 'whep', `/whep/${t.room}`);
        await Promise.all([sees(player, 3), hears(player, 523)]);
        const before = [await counters(publisher), await counters(player)];
        await until(
          'frames keep being encoded and decoded',
          async () => {
            const [sent, got] = [await counters(publisher), await counters(player)];
            return (
              sent.framesEncoded > before[0].framesEncoded + 10 &&
              got.framesDecoded > before[1].framesDecoded + 10 &&
              got.audioPackets > before[1].audioPackets + 20
            );
          },
          { timeout: 8000 },
        );
        assert.equal(await publisher.evaluate(async () => (await call.stop()).status), 200);
        const count = picturesOf(await player.media(), 3).length;
        assert.ok(count > 0);
      });
    }
  }

  for (const browser of browsers) {
    test(`whip-whep: ${browser} player is there first, publisher leaves and comes back`, [browser], async (t) => {
      const player = await t.example(browser, 'whep', `/whep/${t.room}`);
      const first = await t.example(browser, 'whip', `/whip/${t.room}`, { who: 4, hz: 600 });
      await Promise.all([sees(player, 4), hears(player, 600)]);
      await first.evaluate(() => call.stop());
      await t.example(browser, 'whip', `/whip/${t.room}`, { who: 5, hz: 800 });
      await Promise.all([sees(player, 5), hears(player, 800)]);
    });
  }
};
