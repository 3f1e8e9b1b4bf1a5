// The relay under test: build/tandem, on free ports, with its own log.
import { networkInterfaces } from 'node:os';
import { fileURLToPath } from 'node:url';
import { freePort } from './ports.mjs';
import { start } from './process.mjs';
import { sleep, until } from './wait.mjs';

export const TANDEM = process.env.TANDEM ?? fileURLToPath(new URL('../../../build/tandem', import.meta.url));

/** An address of this machine that is not loopback (Firefox and libnice want one), else loopback. */
export function hostAddress(family) {
  const wanted = family === 6 ? 'IPv6' : 'IPv4';
  const all = Object.values(networkInterfaces()).flat();
  const found = all.find((a) => a.family === wanted && !a.internal && !a.address.startsWith('fe80'));
  return found?.address ?? (family === 6 ? '::1' : '127.0.0.1');
}

export async function startRelay({ log, args = [], port, mediaPort } = {}) {
  const self = { port: port ?? (await freePort()), mediaPort: mediaPort ?? (await freePort()), args };
  self.url = `http://127.0.0.1:${self.port}`;
  const child = start(
    TANDEM,
    ['--http', `127.0.0.1:${self.port}`, '--media-port', String(self.mediaPort), '--workers', '1', ...args],
    { log },
  );
  self.pid = child.pid;
  self.ended = () => child.exited;
  self.tail = child.tail;
  self.stop = (signal) => child.stop(signal);
  /** The first SIGTERM drains, the second one ends; anything but a clean end is an error. */
  self.end = async () => {
    child.child.kill('SIGTERM');
    await Promise.race([child.ended, sleep(300)]);
    await child.stop('SIGTERM', 5000);
    if (child.exited.code !== 0) {
      throw new Error(`the relay did not end in order: ${JSON.stringify(child.exited)}\n${child.tail.slice(-5).join('\n')}`);
    }
  };
  const ready = async () => {
    if (child.exited) {
      throw new Error(`the relay ended: ${JSON.stringify(child.exited)}\n${child.tail.join('\n')}`);
    }
    try {
      return (await fetch(`${self.url}/healthz`)).ok;
    } catch {
      return false;
    }
  };
  await until('the relay answers /healthz', ready, { timeout: 10000 });
  return self;
}
