// A NAT that forgets: it stands between one client and the relay's UDP port, gives each of the client's sockets a port
// of its own toward the relay, and on command changes all those ports at once (and closes the old ones), as a router does
// that has lost its table. It can lose datagrams too. It notes when what passed.
import { createSocket } from 'node:dgram';

const isMedia = (datagram) => datagram[0] >= 128 && datagram[0] <= 191;
const isRtcp = (datagram) => datagram[1] >= 192 && datagram[1] <= 223;

/** Numbers in [0, 1), the same in every run. */
function randomFrom(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/**
 * `host` is the address that clients will be told; `target` {address, port} is the relay's media port; of `loss` (0 to 1)
 * of all datagrams in both directions nothing is seen again.
 */
export async function startRebindProxy({ host, target, loss = 0 }) {
  const random = randomFrom(7);
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
      if (random() >= loss) {
        inside.send(datagram, mapping.port, mapping.address);
      }
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
    if (random() >= loss) {
      mapping.socket.send(datagram, target.port, target.address);
    }
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
    for (const { socket } of mappings.values()) {
      socket.close();
    }
    inside.close();
  };

  await new Promise((resolve) => inside.bind(0, host, resolve));
  self.port = inside.address().port;
  return self;
}
