// GStreamer's webrtcbin, aiortc and baresip from Debian, against browsers and each other.
import { hears, sees } from '../lib/media_log.mjs';

export default ({ test, browsers }) => {
  for (const make of ['gst', 'aiortc']) {
    for (const browser of browsers) {
      test(`peer: ${make} publishes, ${browser} plays`, [browser], async (t) => {
        t.script(make, 'publish', `/whip/${t.room}`, { who: 6, hz: 500 });
        const player = await t.example(browser, 'whep', `/whep/${t.room}`);
        await Promise.all([sees(player, 6), hears(player, 500)]);
      });

      test(`peer: ${browser} publishes, ${make} plays`, [browser], async (t) => {
        await t.example(browser, 'whip', `/whip/${t.room}`, { who: 7, hz: 700 });
        const player = t.script(make, 'play', `/whep/${t.room}`);
        await Promise.all([sees(player, 7), hears(player, 700)]);
      });
    }

    test(`peer: ${make} and chromium in a call`, ['chromium'], async (t) => {
      const ann = t.script(make, 'call', `/call/${t.room}`, { who: 1, hz: 500 });
      const ben = await t.example('chromium', 'call', `/call/${t.room}`, { who: 2, hz: 700 });
      await Promise.all([sees(ann, 2), sees(ben, 1), hears(ann, 700), hears(ben, 500)]);
    });
  }

  test('peer: gst and aiortc in a call', [], async (t) => {
    const ann = t.script('gst', 'call', `/call/${t.room}`, { who: 1, hz: 500 });
    const ben = t.script('aiortc', 'call', `/call/${t.room}`, { who: 2, hz: 700 });
    await Promise.all([sees(ann, 2), sees(ben, 1), hears(ann, 700), hears(ben, 500)]);
  });

  for (const browser of browsers) {
    test(`peer: baresip calls, ${browser} answers`, [browser], async (t) => {
      const phone = await t.baresip(`/call/${t.room}`, { hz: 400 });
      const ann = await t.example(browser, 'call', `/call/${t.room}`, { who: 1, hz: 800 });
      await Promise.all([hears(phone, 800), hears(ann, 400)]);
    });
  }

  test('peer: two baresips in a call', [], async (t) => {
    const ann = await t.baresip(`/call/${t.room}`, { hz: 400 });
    const ben = await t.baresip(`/call/${t.room}`, { hz: 700 });
    await Promise.all([hears(ann, 700), hears(ben, 400)]);
  });
};
