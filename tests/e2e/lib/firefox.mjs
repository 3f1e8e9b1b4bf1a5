// Debian's Firefox ESR through WebDriver BiDi, which Firefox speaks by itself (no geckodriver).
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import WebSocket from 'ws';
import { start } from './process.mjs';
import { until, within } from './wait.mjs';

const PREFS = {
  'media.navigator.streams.fake': true,
  'media.navigator.permission.disabled': true,
  'media.peerconnection.ice.loopback': true,
  'media.peerconnection.ice.obfuscate_host_addresses': false,
  'media.autoplay.default': 0,
  'media.autoplay.blocking_policy': 0,
  'media.gmp-manager.updateEnabled': false,
  'dom.min_background_timeout_value': 4,
  'dom.timeout.enable_budget_timer_throttling': false,
  'app.update.enabled': false,
  'browser.aboutwelcome.enabled': false,
  'browser.shell.checkDefaultBrowser': false,
  'browser.startup.page': 0,
  'browser.safebrowsing.downloads.enabled': false,
  'browser.safebrowsing.malware.enabled': false,
  'browser.safebrowsing.phishing.enabled': false,
  'datareporting.policy.dataSubmissionEnabled': false,
  'extensions.update.enabled': false,
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
  'services.settings.server': 'data:,#remote-settings-dummy/v1',
  'toolkit.telemetry.reportingpolicy.firstRun': false,
  'remote.active-protocols': 1,
};

/** One BiDi session over one WebSocket: numbered commands, and events by context. */
class Session {
  constructor(socket) {
    this.socket = socket;
    this.last = 0;
    this.waiting = new Map();
    this.listeners = new Map();
    socket.on('message', (text) => this.#receive(JSON.parse(text)));
    socket.on('close', () => {
      for (const { reject } of this.waiting.values()) {
        reject(new Error('Firefox has gone'));
      }
      this.waiting.clear();
    });
  }

  #receive(message) {
    if (message.type === 'event') {
      const context = message.params.source?.context ?? message.params.context;
      this.listeners.get(context)?.(message.method, message.params);
      return;
    }
    const waiting = this.waiting.get(message.id);
    this.waiting.delete(message.id);
    if (message.type === 'success') {
      waiting?.resolve(message.result);
    } else {
      waiting?.reject(new Error(`${message.error}: ${message.message}`));
    }
  }

  send(method, params = {}, timeout = 60000) {
    this.last += 1;
    const id = this.last;
    const reply = new Promise((resolve, reject) => this.waiting.set(id, { resolve, reject }));
    this.socket.send(JSON.stringify({ id, method, params }));
    return within(timeout, method, reply);
  }
}

class Page {
  constructor(session, context, preload) {
    this.session = session;
    this.context = context;
    this.preload = preload;
    this.errors = [];
    session.listeners.set(context, (method, params) => {
      if (method === 'log.entryAdded' && params.level === 'error') {
        this.errors.push(params.text);
      }
    });
  }

  async goto(url) {
    await this.session.send('browsingContext.navigate', { context: this.context, url, wait: 'interactive' });
  }

  async evaluate(fn, arg = null) {
    const { type, result, exceptionDetails } = await this.session.send('script.callFunction', {
      functionDeclaration: `async (arg) => JSON.stringify((await (${fn})(JSON.parse(arg))) ?? null)`,
      arguments: [{ type: 'string', value: JSON.stringify(arg) }],
      target: { context: this.context },
      awaitPromise: true,
    });
    if (type !== 'success') {
      throw new Error(exceptionDetails.text);
    }
    return JSON.parse(result.value);
  }

  async screenshot(path) {
    const { data } = await this.session.send('browsingContext.captureScreenshot', { context: this.context });
    await writeFile(path, Buffer.from(data, 'base64'));
  }

  async close() {
    this.session.listeners.delete(this.context);
    await this.session.send('browsingContext.close', { context: this.context });
    if (this.preload) {
      await this.session.send('script.removePreloadScript', { script: this.preload });
    }
  }
}

class Firefox {
  name = 'firefox';

  constructor(process, session, profile) {
    this.process = process;
    this.session = session;
    this.profile = profile;
  }

  /** Opens `url` in a window of its own; `preload` (source text) runs before the page's scripts. */
  async open(url, { preload, width = 900, height = 640 } = {}) {
    const { context } = await this.session.send('browsingContext.create', { type: 'window' });
    let script;
    if (preload) {
      ({ script } = await this.session.send('script.addPreloadScript', {
        functionDeclaration: `() => { ${preload} }`,
        contexts: [context],
      }));
    }
    const page = new Page(this.session, context, script);
    await this.session.send('browsingContext.setViewport', { context, viewport: { width, height } });
    await page.goto(url);
    return page;
  }

  async close() {
    this.session.socket.close();
    await this.process.stop();
    await rm(this.profile, { recursive: true, force: true, maxRetries: 5 });
  }
}

export async function openFirefox({ headed = false, log } = {}) {
  const profile = await mkdtemp(join(tmpdir(), 'tandem-firefox-'));
  const prefs = Object.entries(PREFS).map(([name, value]) => `user_pref("${name}", ${JSON.stringify(value)});\n`);
  await writeFile(join(profile, 'user.js'), prefs.join(''));
  let address = null;
  const process_ = start(
    process.env.FIREFOX ?? '/usr/bin/firefox-esr',
    ['--no-remote', '--profile', profile, '--remote-debugging-port', '0', ...(headed ? [] : ['--headless'])],
    {
      log,
      env: { MOZ_DISABLE_CONTENT_SANDBOX: '1', MOZ_CRASHREPORTER_DISABLE: '1', HOME: profile },
      onLine: (line) => {
        address ??= /WebDriver BiDi listening on (ws:\S+)/.exec(line)?.[1] ?? null;
      },
    },
  );
  await until('Firefox listens for BiDi', () => address || process_.exited, { timeout: 45000 });
  if (!address) {
    throw new Error(`Firefox ended: ${process_.tail.join('\n')}`);
  }
  const socket = new WebSocket(`${address}/session`, { perMessageDeflate: false, maxPayload: 1 << 28 });
  await within(10000, 'BiDi connection', new Promise((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
  }));
  const session = new Session(socket);
  await session.send('session.new', { capabilities: {} });
  await session.send('session.subscribe', { events: ['log.entryAdded'] });
  return new Firefox(process_, session, profile);
}
