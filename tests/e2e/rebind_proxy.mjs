// A NAT that forgets: it stands between one client and the relay's UDP port, gives each of the client's sockets a port
// of its own toward the relay, and on command changes all those ports at once (and closes the old ones), as a router does
// that has lost its table. In both directions the line may be thin, slow and lossy. It notes when what passed.
import { createSocket } from 'node:dgram';
import { Line } from './lib/line.mjs';

const isMedia = (datagram) => datagram[0] >= 128 && datagram[0] <= 191;
const isRtcp = (datagram) => datagram[1] >= 192 && datagram[1] <= 223;

/**
 * `host` is the address that clients will be told; `target` {address, port} is the relay's media port; `up` and
 * `down` say what the line is like toward and from the relay (see Line). What the relay sends is lost where `swallow`
 * says so of it.
 */
export async function startRebindProxy({ host, target, up = {}, down = {}, swallow = () => false }) {
  const inside = createSocket(host.includes(':') ? 'udp6' : 'udp4');
  const mappings = new Map(); // "address port" of the client's socket -> mapping
  const self = {
    host,
    port: 0,
    /** Times (ms, Date.now()) since the last rebind(): the client's first datagram through a new port ... */
    firstSent: null,
    /** ... and per SSRC the relay's first RTP packet to a new port; `before` has the SSRCs that came just before. */
    back: new Map(),
    before: new Set(),
    rebinds: 0,
    up: new Line(up),
    down: new Line(down),
  };
  const recent = new Map(); // ssrc -> time of the last RTP packet from the relay

  function outside(mapping) {
    const socket = createSocket(target.address.includes(':') ? 'udp6' : 'udp4');
    const generation = self.rebinds;
    socket.on('error', () => {});
    socket.on('message', (datagram) => {
      if (isMedia(datagram) && !isRtcp(datagram) && datagram.length > 12) {
        const ssrc = datagram.readUInt32BE(8);
        recent.set(ssrc, Date.now());
        if (generation === self.rebinds && generation > 0 && !self.back.has(ssrc)) {
          self.back.set(ssrc, Date.now());
        }
      }
      if (swallow(datagram)) {
        return;
      }
      self.down.pass(datagram.length, () => inside.send(datagram, mapping.port, mapping.address));
    });
    return socket;
  }

  inside.on('message', (datagram, { address, port }) => {
    const key = `${address} ${port}`;
    let mapping = mappings.get(key);
    if (!mapping) {
      mapping = { address, port };
      mapping.socket = outside(mapping);
      mappings.set(key, mapping);
    }
    if (self.rebinds > 0 && self.firstSent === null) {
      self.firstSent = Date.now();
    }
    self.up.pass(datagram.length, () => mapping.socket.send(datagram, target.port, target.address));
  });

  self.rebind = () => {
    const since = Date.now() - 1000;
    self.before = new Set([...recent].filter(([, time]) => time > since).map(([ssrc]) => ssrc));
    self.rebinds += 1;
    self.firstSent = null;
    self.back = new Map();
    for (const mapping of mappings.values()) {
      mapping.socket.close();
      mapping.socket = outside(mapping);
    }
  };

  self.close = () => {
    self.up.close();
    self.down.close();
    for (const { socket } of mappings.values()) {
      socket.close();
    }
    inside.close();
  };

  await new Promise((resolve) => inside.bind(0, host, resolve));
  self.port = inside.address().port;
  return self;
}
