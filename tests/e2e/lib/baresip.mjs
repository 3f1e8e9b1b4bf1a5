// Debian's baresip: a SIP telephone with ICE and DTLS-SRTP. It calls the harness by SIP, and the harness puts its offer to the
// relay as `POST /call/{room}` with nothing changed. Its microphone is a tone; what it hears, baresip itself writes to a WAV file.
import { mkdtemp, readdir, rm, writeFile, open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './ports.mjs';
import { start } from './process.mjs';
import { startSip } from './sip.mjs';

const RATE = 48000;
const CHANNELS = 2;
const BLOCK = RATE / 10;

const config = (home, port, hz) => `module_path /usr/lib/baresip/modules
sip_listen 127.0.0.1:${port}
audio_source ausine,${hz}
audio_player aubridge,nowhere
audio_alert aubridge,nowhere
ausrc_srate ${RATE}
auplay_srate ${RATE}
ausrc_channels ${CHANNELS}
auplay_channels ${CHANNELS}
opus_bitrate 32000
rtcp_mux yes
snd_path ${home}
module opus.so
module ausine.so
module aubridge.so
module sndfile.so
module ice.so
module dtls_srtp.so
module_tmp account.so
module_app menu.so
`;

/** Reads what has been added to the recording of the incoming audio, and logs its pitch ten times a second. */
class Recording {
  constructor(home) {
    this.home = home;
    this.at = 44;
    this.tones = [];
  }

  async read() {
    const name = (await readdir(this.home)).find((file) => file.endsWith('dec.wav'));
    if (!name) {
      return;
    }
    const file = await open(join(this.home, name));
    try {
      const { size } = await file.stat();
      while (this.at + BLOCK * CHANNELS * 2 <= size) {
        const bytes = Buffer.alloc(BLOCK * CHANNELS * 2);
        await file.read(bytes, 0, bytes.length, this.at);
        this.at += bytes.length;
        this.#measure(new Int16Array(bytes.buffer, bytes.byteOffset, BLOCK * CHANNELS));
      }
    } finally {
      await file.close();
    }
  }

  #measure(samples) {
    const rising = [];
    let loudest = 0;
    for (let i = 1; i < BLOCK; i += 1) {
      const [before, now] = [samples[(i - 1) * CHANNELS], samples[i * CHANNELS]];
      loudest = Math.max(loudest, Math.abs(now));
      if (before < 0 && now >= 0) {
        rising.push(i);
      }
    }
    const tone = loudest > 300 && rising.length > 1;
    const hz = tone ? ((rising.length - 1) * RATE) / (rising.at(-1) - rising[0]) : 0;
    this.tones.push([Date.now(), tone ? [Math.round(hz)] : []]);
  }
}

/** Calls `url` (an http://.../call/{room}) from a telephone whose speaker hums at `hz`. */
export async function startBaresip(url, { hz = 440, log } = {}) {
  const home = await mkdtemp(join(tmpdir(), 'tandem-baresip-'));
  const media = { frames: [], tones: [], sent: [], unreadable: 0, state: 'new', session: null, offer: null };
  const recording = new Recording(home);
  media.tones = recording.tones;
  const sip = await startSip({
    answer: async (offer) => {
      media.offer = offer;
      const reply = await fetch(url, { method: 'POST', headers: { 'Content-Type': 'application/sdp' }, body: offer });
      const text = await reply.text();
      if (reply.status !== 201) {
        media.state = `${reply.status} ${text}`;
        throw new Error(media.state);
      }
      media.session = new URL(reply.headers.get('location'), reply.url).href;
      media.state = 'answered';
      return { sdp: text };
    },
  });
  const port = await freePort(2); // SIP over UDP and TCP, and over TLS one port higher
  await writeFile(join(home, 'config'), config(home, port, hz));
  await writeFile(
    join(home, 'accounts'),
    `<sip:phone@127.0.0.1:${port}>;regint=0;medianat=ice;mediaenc=dtls_srtp;audio_codecs=opus/48000/2\n`,
  );
  await writeFile(join(home, 'contacts'), '');
  const child = start('baresip', ['-f', home, '-e', `/dial sip:room@127.0.0.1:${sip.port}`], { log });
  return {
    name: 'baresip',
    media: async () => {
      if (child.exited) {
        throw new Error(`baresip ended: ${child.tail.slice(-6).join(' | ')}`);
      }
      await recording.read();
      return media;
    },
    close: async () => {
      await child.stop();
      await sip.close();
      if (media.session) {
        await fetch(media.session, { method: 'DELETE' }).catch(() => {});
      }
      await rm(home, { recursive: true, force: true });
    },
  };
}
