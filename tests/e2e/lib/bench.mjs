// What a test works with: one relay and one browser of each make for all tests, and per test a Run that makes
// clients, gateways and proxies and takes them down again, whatever happened.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { openBrowser } from './browser.mjs';
import { startBaresip } from './baresip.mjs';
import { startGateway } from './gateway.mjs';
import { Metronome } from './metronome.mjs';
import { openClient, openExample } from './page_client.mjs';
import { startRebindProxy } from '../rebind_proxy.mjs';
import { startRelay } from './relay.mjs';
import { startScript } from './script_client.mjs';
import { startSound } from './sound.mjs';
import { within } from './wait.mjs';

const CLOSE_MS = 10000;
const ROOM_CHARACTERS = 64; // the relay answers 404 to longer names

class Run {
  #bench;
  #cleanups = [];
  #clients = [];

  constructor(bench, name) {
    this.#bench = bench;
    this.slug = name.replace(/[^a-z0-9]+/gi, '-').replace(/^-|-$/g, '').toLowerCase();
    this.room = `${this.slug.slice(0, 40)}-${bench.runs}`;
  }

  get relay() {
    return this.#bench.relay;
  }

  log(name) {
    return join(this.#bench.out, 'logs', `${this.slug}.${name}.log`);
  }

  /** `url` as it is; when what a test appends makes its room's name too long, it is told so at once, not by what does not come. */
  #checked(url) {
    const room = /\/(?:r|call|whip|whep)\/([^/?#]+)/.exec(url)?.[1] ?? '';
    if (room.startsWith(this.room) && room.length > ROOM_CHARACTERS) {
      throw new Error(`the room's name has ${room.length} characters, ${ROOM_CHARACTERS} are possible: ${room}`);
    }
    return url;
  }

  /** `close` runs when the test has ended; the last registered first. */
  after(close) {
    this.#cleanups.push(close);
  }

  #keep(thing) {
    this.after(() => thing.close());
    return thing;
  }

  url(path, base = this.relay.url) {
    return this.#checked(`${base}${path}`);
  }

  /** Another relay, for tests that restart it or want other flags. */
  async ownRelay(options = {}) {
    const relay = await startRelay({ log: this.log('relay'), ...options });
    this.after(() => relay.stop());
    return relay;
  }

  async gateway(options = {}) {
    return this.#keep(await startGateway({ relay: this.relay.url, ...options }));
  }

  /** How late lines and tests are counts from here on: before, browsers start. */
  async rebindProxy(options) {
    this.#bench.metronome.reset();
    return this.#keep(await startRebindProxy(options));
  }

  /** `crowd`: in a browser that is made for many of them. */
  async page(browser, url, { crowd = false, ...options } = {}) {
    const client = this.#keep(await openClient(await this.#bench.browser(browser, { crowd }), this.#checked(url), options));
    this.#clients.push(client);
    return client;
  }

  /** whip.html, whep.html or call.html; `path` is that of `relay`, or through `gateway` when one is given. */
  async example(browser, page, path, { gateway, relay = this.relay, ...options } = {}) {
    const pages = await this.#bench.pages();
    const url = this.url(path, (gateway ?? relay).url);
    const client = this.#keep(await openExample(await this.#bench.browser(browser), gateway ?? pages, page, url, options));
    this.#clients.push(client);
    return client;
  }

  script(make, mode, path, { gateway, relay = this.relay, ...options } = {}) {
    const url = this.url(path, (gateway ?? relay).url);
    return this.#keep(startScript(make, mode, url, { log: this.log(`${make}-${mode}`), ...options }));
  }

  async baresip(path, { gateway, ...options } = {}) {
    const url = this.url(path, (gateway ?? this.relay).url);
    return this.#keep(await startBaresip(url, { log: this.log('baresip'), ...options }));
  }

  /** Screenshots of all open pages of this test, under build/e2e/. */
  async picture(label) {
    for (const [i, client] of this.#clients.entries()) {
      const path = join(this.#bench.out, `${this.slug}.${label}${this.#clients.length > 1 ? `-${i + 1}` : ''}.png`);
      await within(5000, 'screenshot', client.screenshot(path)).catch(() => {});
    }
  }

  async end() {
    let problem = null;
    for (const close of this.#cleanups.reverse()) {
      try {
        await within(CLOSE_MS, 'taking down', Promise.resolve(close()));
      } catch (error) {
        problem ??= error;
      }
    }
    if (problem) {
      throw problem;
    }
  }
}

export class Bench {
  #browsers = new Map();
  #pages = null;
  #sound = null;

  constructor({ out, headed }) {
    this.out = out;
    this.headed = headed;
    this.relay = null;
    this.runs = 0;
    this.metronome = new Metronome();
  }

  begin(name) {
    this.runs += 1;
    return new Run(this, name);
  }

  async ready() {
    await mkdir(join(this.out, 'logs'), { recursive: true });
    if (!this.relay) {
      this.relay = await startRelay({ log: join(this.out, 'logs', 'relay.log') });
    }
  }

  /** Why the relay is no longer there, or null. The next test gets a new one. */
  relayDied() {
    const ended = this.relay?.ended();
    if (!ended) {
      return null;
    }
    const words = `${ended.error ?? ended.signal ?? `exit ${ended.code}`}: ${this.relay.tail.slice(-3).join(' | ')}`;
    this.relay = null;
    return words;
  }

  async browser(name, { crowd = false } = {}) {
    if (!this.#sound) {
      this.#sound = await startSound({ log: join(this.out, 'logs', 'pulseaudio.log') });
      Object.assign(process.env, this.#sound.env);
    }
    const key = crowd ? `${name}-crowd` : name;
    if (!this.#browsers.has(key)) {
      const log = join(this.out, 'logs', `${key}.log`);
      this.#browsers.set(key, await openBrowser(name, { headed: this.headed, crowd, log }));
    }
    return this.#browsers.get(key);
  }

  async pages() {
    this.#pages ??= await startGateway({ relay: () => this.relay.url });
    return this.#pages;
  }

  async close() {
    for (const browser of this.#browsers.values()) {
      await within(CLOSE_MS, 'closing a browser', browser.close());
    }
    await this.#pages?.close();
    await this.#sound?.close();
    await this.relay?.end();
  }
}
