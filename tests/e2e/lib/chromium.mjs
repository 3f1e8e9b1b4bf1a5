// Debian's Chromium through playwright-core.
import { chromium } from 'playwright-core';

const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--use-fake-ui-for-media-stream',
  '--use-fake-device-for-media-stream',
  '--autoplay-policy=no-user-gesture-required',
  '--allow-loopback-in-peer-connection',
];

class Page {
  constructor(context, page) {
    this.context = context;
    this.page = page;
    this.errors = [];
    page.on('pageerror', (error) => this.errors.push(String(error)));
    page.on('console', (message) => {
      if (message.type() === 'error') {
        this.errors.push(message.text());
      }
    });
  }

  async goto(url) {
    // Not until "load": a video element that waits for its first picture holds that back.
    await this.page.goto(url, { waitUntil: 'commit' });
  }

  async evaluate(fn, arg = null) {
    return this.page.evaluate(fn, arg);
  }

  async screenshot(path) {
    await this.page.screenshot({ path });
  }

  async close() {
    await this.context.close();
  }
}

class Chromium {
  name = 'chromium';

  constructor(browser) {
    this.browser = browser;
  }

  /** Opens `url` in a window of its own; `preload` (source text) runs before the page's scripts. */
  async open(url, { preload, width = 900, height = 640, dark = false } = {}) {
    const context = await this.browser.newContext({
      viewport: { width, height },
      colorScheme: dark ? 'dark' : 'light',
      permissions: ['camera', 'microphone'],
    });
    if (preload) {
      await context.addInitScript({ content: preload });
    }
    const page = new Page(context, await context.newPage());
    await page.goto(url);
    return page;
  }

  async close() {
    await this.browser.close();
  }
}

/** `crowd`: for many tabs on a small machine; sound goes in larger pieces. */
export async function openChromium({ headed = false, crowd = false } = {}) {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    headless: !headed,
    args: crowd ? [...ARGS, '--audio-buffer-size=2048'] : ARGS,
  });
  return new Chromium(browser);
}
