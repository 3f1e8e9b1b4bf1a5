// Calls that outlive consent (RFC 7675: 30 s): libre and libnice stop checking once they are connected, so the relay has to
// ask, and they have to answer.
import { setTimeout as sleep } from 'node:timers/promises';
import { hears } from '../lib/media_log.mjs';

const PAST_CONSENT_MS = 48000; // consent and the grace period after it

export default ({ test }) => {
  test(
    'long: gst and baresip are still there after 48 s',
    [],
    async (t) => {
      const phone = await t.baresip(`/call/${t.room}`, { hz: 400 });
      const gst = t.script('gst', 'call', `/call/${t.room}`, { who: 1, hz: 700 });
      await Promise.all([hears(phone, 700), hears(gst, 400)]);
      await sleep(PAST_CONSENT_MS);
      const since = Date.now();
      await Promise.all([hears(phone, 700, { since }), hears(gst, 400, { since })]);
    },
    { timeout: 100000 },
  );
};
