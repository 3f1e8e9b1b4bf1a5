// Ports that nobody uses.
import { createServer } from 'node:net';
import { createSocket } from 'node:dgram';

const tryTcp = (port) =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, () => server.close(() => resolve(true)));
  });

const tryUdp = (port) =>
  new Promise((resolve) => {
    const socket = createSocket('udp4');
    socket.once('error', () => resolve(false));
    socket.bind(port, () => socket.close(() => resolve(true)));
  });

// Below the ports that the system hands out by itself, so that no client takes one between the check and its use.
const FIRST = 20000;
const LAST = 32000;

/** A port that is free for TCP and for UDP, and so are the `span` - 1 after it. */
export async function freePort(span = 1) {
  for (;;) {
    const port = FIRST + Math.floor(Math.random() * (LAST - FIRST));
    let free = true;
    for (let next = port; free && next < port + span; next += 1) {
      free = (await tryTcp(next)) && (await tryUdp(next));
    }
    if (free) {
      return port;
    }
  }
}
