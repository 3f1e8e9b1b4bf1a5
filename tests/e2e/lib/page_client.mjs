// A browser page as a client, with the same questions as every other make (media_log.mjs).
import { readFile } from 'node:fs/promises';
import { until } from './wait.mjs';

const METER = new URL('../pages/meter.js', import.meta.url);

/** Opens `url` in a window with the meters, and with a test camera when `who` is given; `camera` says what else it is like. */
export async function openClient(browser, url, { who, hz = 440, name, camera: wishes, ...options } = {}) {
  const camera = who ? `window.e2eCamera = ${JSON.stringify({ who, hz, ...wishes })};` : '';
  const preload = `${camera}\n${await readFile(METER, 'utf8')}`;
  const page = await browser.open(url, { preload, ...options });
  const log = { frames: [], tones: [], sent: [], packets: [], events: [], unreadable: 0, state: 'new' };
  const client = {
    name: `${browser.name} (${name ?? who ?? 'player'})`,
    who,
    hz,
    page,
    evaluate: (fn, arg) => page.evaluate(fn, arg),
    screenshot: (path) => page.screenshot(path),
    async media() {
      const [more, state] = await page.evaluate(() => [
        e2e.drain(),
        (window.call?.pc ?? window.tandem?.pc)?.connectionState ?? 'no connection',
      ]);
      for (const key of ['frames', 'tones', 'sent', 'packets', 'events']) {
        log[key].push(...more[key]);
      }
      log.unreadable += more.unreadable;
      log.state = page.errors.length > 0 ? `${state}; ${page.errors.join('; ').slice(0, 300)}` : state;
      return log;
    },
    /** Waits until `fn(arg)` is truthy in the page. */
    async waitFor(what, fn, arg = null, timeout = 10000) {
      return until(
        () => `${client.name}: ${what}${page.errors.length > 0 ? ` (${page.errors.join('; ').slice(0, 300)})` : ''}`,
        () => page.evaluate(fn, arg),
        { timeout, every: 100 },
      );
    },
    /** {localAddress, remoteAddress, protocol} of the pair that carries the media, once there is one. */
    path() {
      return client.waitFor('a selected candidate pair', async () => {
        const stats = new Map(await (window.call?.pc ?? window.tandem.pc).getStats());
        const pair = [...stats.values()].find(
          (s) => s.type === 'candidate-pair' && s.state === 'succeeded' && (s.nominated || s.selected),
        );
        const [local, remote] = pair ? [stats.get(pair.localCandidateId), stats.get(pair.remoteCandidateId)] : [];
        return remote && {
          protocol: (local.protocol ?? remote.protocol).toLowerCase(),
          remoteProtocol: remote.protocol.toLowerCase(),
          localAddress: local.address,
          remoteAddress: remote.address,
          remotePort: remote.port,
        };
      });
    },
    close: () => page.close(),
  };
  return client;
}

/** The test pages whip.html, whep.html and call.html, served by `gateway`, against `url`. */
export async function openExample(browser, gateway, page, url, options = {}) {
  const address = `${gateway.url}/pages/${page}.html?url=${encodeURIComponent(url)}`;
  const client = await openClient(browser, address, { name: page, ...options });
  await client.waitFor(`${page}.html gets an answer`, () => Boolean(window.call));
  return client;
}
