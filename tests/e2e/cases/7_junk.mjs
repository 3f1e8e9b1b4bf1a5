// A live call beside 10,000 malformed datagrams a second: the call loses nothing and strangers hear nothing.
import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { hears, inOrder, picturesOf, sees } from '../lib/media_log.mjs';
import { start } from '../lib/process.mjs';

const JUNK = fileURLToPath(new URL('../clients/junk.py', import.meta.url));
const PER_SECOND = 10000;
const SECONDS = Number(process.env.E2E_JUNK_SECONDS ?? 30);

const lost = (client) =>
  client.evaluate(async () => {
    let packetsLost = 0;
    for (const stat of (await call.pc.getStats()).values()) {
      packetsLost += stat.type === 'inbound-rtp' ? stat.packetsLost : 0;
    }
    return packetsLost;
  });

export default ({ test }) => {
  test('junk: a call beside 10,000 malformed datagrams a second', ['chromium'], async (t) => {
    const ann = await t.example('chromium', 'call', `/call/${t.room}`, { who: 1, hz: 440 });
    const ben = await t.example('chromium', 'call', `/call/${t.room}`, { who: 2, hz: 660 });
    await Promise.all([sees(ann, 2), sees(ben, 1), hears(ann, 660), hears(ben, 440)]);
    const before = [await lost(ann), await lost(ben)];
    const since = Date.now();
    const junk = start('/usr/bin/python3', [JUNK, '127.0.0.1', String(t.relay.mediaPort), String(PER_SECOND), String(SECONDS)]);
    t.after(() => junk.stop());
    await junk.ended;
    const report = JSON.parse(junk.tail.at(-1));
    console.log(`       ${JSON.stringify(report)}`);
    assert.ok(report.sent > PER_SECOND * SECONDS * 0.9, 'the sender kept its rate');
    assert.equal(report.replies, 0, 'nobody who has not proved himself is answered');
    assert.deepEqual([await lost(ann), await lost(ben)], before, 'packets lost');
    for (const [client, who] of [[ann, 2], [ben, 1]]) {
      const pictures = picturesOf(await client.media(), who, since);
      assert.ok(inOrder(pictures));
      assert.ok(pictures.length > SECONDS * 15 * 0.8, `${pictures.length} pictures in ${SECONDS} s`);
    }
    await Promise.all([sees(ann, 2), sees(ben, 1), hears(ann, 660), hears(ben, 440)]);
  }, { timeout: 40000 + SECONDS * 1000, punctual: 100 });
};
