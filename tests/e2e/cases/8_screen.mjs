// A screen that is shared by new offers on the same session (PATCH application/sdp): it starts, stops, starts again.
import assert from 'node:assert/strict';
import { sees, seesNothing } from '../lib/media_log.mjs';
import { until } from '../lib/wait.mjs';

const SCREEN = { who: 9, hz: 0, width: 640, height: 480 };

/** Shares a picture in two layers on a new m-line (or on the one of before), or stops it. Gives the number of m-lines. */
const share = async (camera) => {
  const { pc, session } = window.call;
  if (camera) {
    window.screenTrack ??= e2e.secondCamera(camera).getVideoTracks()[0];
    window.screenLine ??= pc.addTransceiver(window.screenTrack, {
      direction: 'sendonly',
      sendEncodings: [{ rid: 'h', scaleResolutionDownBy: 2 }, { rid: 'f' }],
    });
    await window.screenLine.sender.replaceTrack(window.screenTrack);
    window.screenLine.direction = 'sendonly';
  } else {
    await window.screenLine.sender.replaceTrack(null);
    window.screenLine.direction = 'inactive';
  }
  await pc.setLocalDescription();
  const headers = { 'Content-Type': 'application/sdp' };
  const reply = await fetch(session, { method: 'PATCH', headers, body: pc.localDescription.sdp });
  if (reply.status !== 200) {
    throw new Error(`${reply.status} ${await reply.text()}`);
  }
  await pc.setRemoteDescription({ type: 'answer', sdp: await reply.text() });
  return pc.localDescription.sdp.match(/^m=/gm).length;
};

/** A track that shows a screen, as the relay names it in its messages of one kind. */
const screenIn = (log, type, since) =>
  log.events.some(([t, message]) => t >= since && message.type === type && message.participant.tracks.some(({ source }) => source === 'screen'));

export default ({ test, browsers }) => {
  for (const from of browsers) {
    test(`screen: ${from} shares, stops and shares again`, [...new Set([from, 'chromium'])], async (t) => {
      const ann = await t.page('chromium', `${t.relay.url}/r/${t.room}?name=Ann&autojoin=1`, { who: 1, hz: 440, name: 'Ann' });
      const ben = await t.example(from, 'call', `/call/${t.room}?name=Ben`, { who: 2, hz: 660 });
      await Promise.all([sees(ann, 2), sees(ben, 1)]);
      for (const round of [1, 2]) {
        const start = Date.now();
        assert.equal(await ben.evaluate(share, SCREEN), 3, 'the m-line is used again');
        await sees(ann, SCREEN.who);
        await until('Ann is told of a screen', async () => screenIn(await ann.media(), 'updated', start));
        await sees(ann, 2); // the camera goes on beside it
        await t.picture(`shared-${round}`);
        assert.equal(await ben.evaluate(share, null), 3);
        await ann.waitFor('no slot shows a screen', () => tandem.slots.filter((s) => s.kind === 'video' && s.feed === 'track').length === 1);
        await Promise.all([sees(ann, 2), seesNothing(ann, SCREEN.who)]);
      }
    });
  }
};
