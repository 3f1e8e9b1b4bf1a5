// What is heard over lines that lose packets: near ones are repaired by asking again, far ones by copies (RED).
import assert from 'node:assert/strict';
import { onlyCandidate } from '../lib/candidates.mjs';
import { hears } from '../lib/media_log.mjs';
import { hostAddress } from '../lib/relay.mjs';
import { sleep } from '../lib/wait.mjs';

/** What the page's receivers of sound say: samples, those made up, packets and copies used. */
const counts = (client) =>
  client.evaluate(async () => {
    const sum = { samples: 0, concealed: 0, packets: 0, lost: 0, copies: 0, nacks: 0, events: 0 };
    for (const stat of (await (window.call?.pc ?? window.tandem.pc).getStats()).values()) {
      if (stat.type === 'inbound-rtp' && stat.kind === 'audio') {
        sum.samples += stat.totalSamplesReceived ?? 0;
        sum.concealed += (stat.concealedSamples ?? 0) - (stat.silentConcealedSamples ?? 0);
        sum.packets += stat.packetsReceived ?? 0;
        sum.lost += stat.packetsLost ?? 0;
        sum.copies += stat.fecPacketsReceived ?? 0;
        sum.nacks += stat.nackCount ?? 0;
        sum.events += stat.concealmentEvents ?? 0;
      }
    }
    return sum;
  });

export default ({ test, browsers }) => {
  const lines = [
    { what: 'near', delay: 10 },
    { what: 'far', delay: 120 },
  ];
  for (const { what, delay } of lines) {
    test(`sound: chromium on a ${what} line that loses 10 %`, ['chromium'], async (t) => {
      const target = { address: hostAddress(4), port: t.relay.mediaPort };
      const proxy = await t.rebindProxy({ host: hostAddress(4), target, up: { delay }, down: { delay } });
      const gateway = await t.gateway({ rewrite: (sdp) => onlyCandidate(sdp, proxy.host, proxy.port) });
      await t.page('chromium', `${t.relay.url}/r/${t.room}?name=Ann&autojoin=1`, { who: 1, hz: 440, name: 'Ann' });
      const ben = await t.page('chromium', `${gateway.url}/r/${t.room}?name=Ben&autojoin=1`, { who: 2, hz: 660, name: 'Ben' });
      await hears(ben, 440);
      proxy.down.loss = 0.1;
      await sleep(12000); // reports have to tell of it
      const before = await counts(ben);
      await sleep(12000); // the rate is the claim, so time has to pass
      const after = await counts(ben);
      const delta = Object.fromEntries(Object.keys(after).map((key) => [key, after[key] - before[key]]));
      console.log(`       concealed ${((100 * delta.concealed) / delta.samples).toFixed(2)} %`, JSON.stringify(delta));
      assert.ok(delta.concealed < 0.02 * delta.samples, 'less than 2 % had to be made up');
    }, { punctual: 50 });
  }
};
