// GStreamer and aiortc: clients/*.py as a child process that logs its media as JSON lines.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { start } from './process.mjs';

const CLIENTS = fileURLToPath(new URL('../clients/', import.meta.url));
const PYTHON = process.env.PYTHON ?? '/usr/bin/python3';

/** `make` is 'gst' or 'aiortc', `mode` 'publish', 'play', 'call', or with aiortc 'phone'. */
export function startScript(make, mode, url, { who = 1, hz = 440, codec, log } = {}) {
  const media = { frames: [], tones: [], sent: [], unreadable: 0, state: 'new', session: null };
  const record = {
    frame: (t, w, counter) => media.frames.push([t, w, counter]),
    tones: (t, tones) => media.tones.push([t, tones]),
    sent: (t, counter) => media.sent.push([t, counter]),
    unreadable: () => {
      media.unreadable += 1;
    },
    state: (t, state) => {
      media.state = state;
    },
    session: (t, session) => {
      media.session = session;
    },
    error: (t, text) => {
      media.state = text;
    },
  };
  const args = [join(CLIENTS, `${make}_client.py`), mode, url, '--who', String(who), '--hz', String(hz)];
  if (codec) {
    args.push('--codec', codec);
  }
  const child = start(PYTHON, args, {
    log,
    env: { PYTHONDONTWRITEBYTECODE: '1' },
    onLine: (line) => {
      if (line.startsWith('["')) {
        const [kind, ...fields] = JSON.parse(line);
        record[kind]?.(...fields);
      }
    },
  });
  return {
    name: `${make} (${mode})`,
    media: async () => {
      if (child.exited) {
        throw new Error(`${make} ended: ${child.tail.slice(-6).join(' | ')}`);
      }
      return media;
    },
    close: () => child.stop(),
  };
}
