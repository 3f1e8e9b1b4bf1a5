// H.264, VP9 and AV1: forwarded to those who have them, as they are.
import assert from 'node:assert/strict';
import { hears, picturesOf, sees } from '../lib/media_log.mjs';
import { until } from '../lib/wait.mjs';

/**
 * Joins with camera and microphone, or with slots only; with these video codecs and no others, and with these header
 * extensions besides the usual ones (names from their URIs). Gives the answer.
 */
const join = async ({ url, codecs, sends, extensions = [] }) => {
  const pc = new RTCPeerConnection();
  const stream = sends ? await navigator.mediaDevices.getUserMedia({ audio: true, video: true }) : null;
  const shown = new MediaStream();
  for (const kind of ['audio', 'video']) {
    const track = stream?.getTracks().find((t) => t.kind === kind);
    const transceiver = pc.addTransceiver(track ?? kind, { direction: sends ? 'sendonly' : 'recvonly' });
    shown.addTrack(transceiver.receiver.track);
    if (kind === 'video') {
      const all = RTCRtpReceiver.getCapabilities('video').codecs;
      const wanted = all.filter(({ mimeType }) => codecs.some((codec) => mimeType.toLowerCase() === `video/${codec}`.toLowerCase()));
      transceiver.setCodecPreferences([...wanted, ...all.filter(({ mimeType }) => mimeType === 'video/rtx')]);
      const known = transceiver.getHeaderExtensionsToNegotiate?.() ?? [];
      known.filter(({ uri }) => extensions.some((name) => uri.includes(name))).forEach((each) => (each.direction = 'sendrecv'));
      transceiver.setHeaderExtensionsToNegotiate?.(known);
    }
  }
  if (!sends) {
    const video = document.createElement('video');
    Object.assign(video, { srcObject: shown, muted: true, autoplay: true });
    document.body.append(video);
  }
  await pc.setLocalDescription();
  const reply = await fetch(url, { method: 'POST', headers: { 'Content-Type': 'application/sdp' }, body: pc.localDescription.sdp });
  if (reply.status !== 201) {
    throw new Error(`${reply.status} ${await reply.text()}`);
  }
  const answer = await reply.text();
  await pc.setRemoteDescription({ type: 'answer', sdp: answer });
  const session = new URL(reply.headers.get('Location'), reply.url);
  window.call = { pc, stop: () => fetch(session, { method: 'DELETE' }).finally(() => pc.close()) };
  return answer;
};

/** Names of the codecs that arrive. */
const received = async () => {
  const stats = [...(await call.pc.getStats()).values()];
  return stats.filter((s) => s.type === 'inbound-rtp' && s.kind === 'video').map((s) => stats.find(({ id }) => id === s.codecId)?.mimeType);
};

export default ({ test, browsers }) => {
  const blank = async (t, browser, path, wishes, options = {}) => {
    const gateway = await t.gateway();
    const client = await t.page(browser, `${gateway.url}/pages/empty.html`, options);
    const answer = await client.evaluate(join, { url: t.url(path), ...wishes });
    return { client, answer };
  };

  for (const codec of ['H264', 'VP9']) {
    test(`codec: gst publishes ${codec}, chromium plays`, ['chromium'], async (t) => {
      t.script('gst', 'publish', `/whip/${t.room}`, { who: 6, hz: 500, codec });
      const player = await t.example('chromium', 'whep', `/whep/${t.room}`);
      await Promise.all([sees(player, 6), hears(player, 500)]);
      assert.deepEqual(await player.evaluate(received), [`video/${codec}`]);
    });
  }

  const pairs = [['chromium', 'chromium', ['H264', 'VP9', 'AV1']], ['firefox', 'chromium', ['VP9']], ['chromium', 'firefox', ['VP9', 'AV1']]];
  for (const [from, to, codecs] of pairs) {
    for (const codec of codecs) {
      test(`codec: ${from} publishes ${codec}, ${to} plays`, [...new Set([from, to])], async (t) => {
        const { answer } = await blank(t, from, `/whip/${t.room}`, { codecs: [codec], sends: true }, { who: 7, hz: 700, name: codec });
        assert.doesNotMatch(answer, /VP8/);
        const player = await t.example(to, 'whep', `/whep/${t.room}`);
        await sees(player, 7);
        assert.deepEqual(await player.evaluate(received), [`video/${codec}`]);
      });
    }
  }

  test('codec: AV1 with dependency descriptors over changes of feed', ['chromium'], async (t) => {
    const extensions = ['dependency-descriptor', 'abs-capture-time'];
    const path = `/call/${t.room}`;
    const { client: player, answer } = await blank(t, 'chromium', path, { codecs: ['AV1'], extensions }, { name: 'player' });
    extensions.forEach((name) => assert.match(answer, new RegExp(`^a=extmap:\\d+.*${name}`, 'm')));
    /** The offset leads from the camera's clock to that of the sender reports; undefined before the first report. */
    const offset = () => {
      const { receiver } = call.pc.getTransceivers().find((each) => each.receiver.track.kind === 'video');
      return receiver.getSynchronizationSources()[0]?.senderCaptureTimeOffset;
    };
    for (const who of [4, 5, 6]) {
      const { client } = await blank(t, 'chromium', path, { codecs: ['AV1'], sends: true, extensions }, { who, hz: 600, name: `${who}` });
      await sees(player, who); // a frame number below the one before would have stopped the picture for good
      await until('a capture time with its offset', async () => Math.abs(await player.evaluate(offset)) < 500);
      await client.evaluate(() => call.stop());
    }
  });

  test('codec: who has only VP8 sees the others who send it', browsers, async (t) => {
    await blank(t, 'chromium', `/call/${t.room}`, { codecs: ['H264'], sends: true }, { who: 3, hz: 500, name: 'H264' });
    const vp8 = await blank(t, 'firefox', `/call/${t.room}`, { codecs: ['VP8'] }, { name: 'VP8 only' });
    const both = await blank(t, 'chromium', `/call/${t.room}`, { codecs: ['VP8', 'H264'] }, { name: 'both' });
    await sees(both.client, 3);
    const since = Date.now();
    await blank(t, 'chromium', `/call/${t.room}`, { codecs: ['VP8'], sends: true }, { who: 4, hz: 600, name: 'VP8' });
    await sees(vp8.client, 4);
    assert.equal(picturesOf(await vp8.client.media(), 3).length, 0);
    await sees(both.client, 3, { since }); // who came first stays
  });
};
