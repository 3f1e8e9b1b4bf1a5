// One way to both browsers. A browser has open(url, {preload}) and close(); a page has goto, evaluate(fn, arg)
// (fn runs in the page; argument and result are JSON), screenshot(path), close, and errors (what its console said).
import { openChromium } from './chromium.mjs';
import { openFirefox } from './firefox.mjs';

const OPEN = { chromium: openChromium, firefox: openFirefox };

export const BROWSERS = Object.keys(OPEN);

export async function openBrowser(name, options) {
  return OPEN[name](options);
}
