// The same call over UDP and over ICE-TCP, over IPv4 and IPv6: the gateway leaves only those candidates in the answer.
import assert from 'node:assert/strict';
import { candidatesIn, keepCandidates } from '../lib/candidates.mjs';
import { hears, sees } from '../lib/media_log.mjs';
import { hostAddress } from '../lib/relay.mjs';
import { Skip } from '../lib/wait.mjs';

export default ({ test, browsers }) => {
  for (const browser of browsers) {
    for (const transport of ['udp', 'tcp']) {
      for (const family of [4, 6]) {
        test(`transport: ${browser} over ${transport} and IPv${family}`, [browser], async (t) => {
          if (family === 6 && hostAddress(6) === '::1') {
            throw new Skip('this machine has no IPv6 address besides ::1');
          }
          const wanted = (c) => c.transport === transport && c.address.includes(':') === (family === 6);
          let offered = 0;
          const gateway = await t.gateway({
            rewrite: (sdp) => {
              const kept = keepCandidates(wanted)(sdp);
              offered = candidatesIn(kept).length;
              return kept;
            },
          });
          const ann = await t.example(browser, 'call', `/call/${t.room}`, { gateway, who: 1, hz: 440 });
          assert.ok(offered > 0, `the relay offers no ${transport} candidate with IPv${family}`);
          const ben = await t.example(browser, 'call', `/call/${t.room}`, { gateway, who: 2, hz: 660 });
          await Promise.all([sees(ann, 2), sees(ben, 1), hears(ann, 660), hears(ben, 440)]);
          for (const client of [ann, ben]) {
            const path = await client.path();
            assert.equal(path.remoteProtocol, transport);
            if (path.remoteAddress) {
              assert.equal(path.remoteAddress.includes(':'), family === 6, path.remoteAddress);
            }
          }
        });
      }
    }
  }
};
