// What the page does on its stage: views, pins, pages, a shared screen, hands, layers that nobody looks at.
import assert from 'node:assert/strict';
import { sees } from '../lib/media_log.mjs';
import { sleep, until } from '../lib/wait.mjs';

const PEOPLE = { Ann: { who: 1, hz: 440 }, Ben: { who: 2, hz: 660 }, Cleo: { who: 3, hz: 880 } };

const enter = (t, browser, name, { query = '', ...options } = {}) =>
  t.page(browser, `${t.relay.url}/r/${t.room}?name=${name}&autojoin=1${query}`, { ...PEOPLE[name], name, ...options });

const click = (page, selector) => page.evaluate((s) => document.querySelector(s).click(), selector);
const press = (page, key) => page.evaluate((k) => document.dispatchEvent(new KeyboardEvent('keydown', { key: k, bubbles: true })), key);
const people = (page, count) => page.waitFor(`${count} people`, (n) => window.tandem?.participants.length === n, count, 20000);

/** Who is large, by name; '' in the gallery. */
const large = (page) => page.evaluate(() => document.querySelector('#stage .tile.large .tile-name')?.textContent ?? '');
const becomesLarge = (page, name) => until(`${page.name}: ${name || 'nobody'} is large`, async () => (await large(page)) === name, { timeout: 10000 });

/** The page's screen is a second test camera. */
const fakeScreen = (page, camera) => page.evaluate((options) => {
  navigator.mediaDevices.getDisplayMedia = async () => {
    const [track] = e2e.secondCamera(options).getVideoTracks();
    window.shared = track;
    return new MediaStream([track]);
  };
}, camera);

export default ({ test, browsers }) => {
  test('page: gallery, speaker view, pin, hands', ['chromium'], async (t) => {
    const ann = await enter(t, 'chromium', 'Ann');
    const ben = await enter(t, 'chromium', 'Ben');
    const cleo = await enter(t, 'chromium', 'Cleo');
    await Promise.all([ann, ben, cleo].map((page) => people(page, 3)));
    await sees(ann, 2);
    await becomesLarge(ann, '');
    await click(ann, '#view');
    await until('Ben or Cleo is large', async () => ['Ben', 'Cleo'].includes(await large(ann)));
    await ann.evaluate(() => [...document.querySelectorAll('#stage .tile')].find((tile) => tile.textContent.includes('Cleo')).click());
    await becomesLarge(ann, 'Cleo');
    const pins = () => ann.evaluate(() => Object.values(tandem.pins).length);
    await until('the relay is told of the pin', async () => (await pins()) === 1);
    await sees(ann, 3);
    await press(ann, 'g');
    await becomesLarge(ann, '');
    await until('the relay is told that nobody is pinned', async () => (await pins()) === 0);

    await press(ben, 'h');
    await click(cleo, '#hand');
    await ann.waitFor('two hands in their order', () => {
      const hands = tandem.hands.map((id) => tandem.participants.find((person) => person.id === id)?.name);
      return hands.join() === 'Ben,Cleo';
    });
    await t.picture('hands');
    await press(ben, 'h');
    await ann.waitFor('one hand', () => document.querySelectorAll('#stage .tile-hand:not([hidden])').length === 1);
    assert.deepEqual([ann.page.errors, ben.page.errors, cleo.page.errors], [[], [], []]);
  });

  test('page: more people than slots make pages', ['chromium'], async (t) => {
    const ann = await enter(t, 'chromium', 'Ann', { query: '&slots=1' });
    const ben = await enter(t, 'chromium', 'Ben');
    const cleo = await enter(t, 'chromium', 'Cleo');
    await Promise.all([ann, ben, cleo].map((page) => people(page, 3)));
    await ann.waitFor('two pages', () => tandem.scene.pages === 2);
    await Promise.all([click(ben, '#mute'), click(cleo, '#mute')]); // a speaker would come to the first page
    await ann.waitFor('both are mute', () => tandem.participants.filter(({ tracks }) => tracks.some(({ kind, muted }) => kind === 'audio' && muted)).length === 2);
    await t.picture('page-1');
    const names = () => ann.evaluate(() => [...document.querySelectorAll('#stage .tile:not(.self) .tile-name')].map((node) => node.textContent).join());
    let first;
    await until('nobody changes places', async () => {
      first = await names();
      await sleep(1000);
      return first === (await names());
    });
    const who = { Ben: 2, Cleo: 3 };
    await sees(ann, who[first]);
    await press(ann, 'ArrowRight');
    await until('the other one is shown', async () => (await names()) === (first === 'Ben' ? 'Cleo' : 'Ben'));
    await sees(ann, who[await names()]);
    await click(ann, '#page-back');
    await until('the first one is shown again', async () => (await names()) === first);
    await sees(ann, who[first]);
    await sleep(3000);
    assert.equal(await names(), first, 'nobody changes places for having been looked at');
    assert.deepEqual(ann.page.errors, []);
  });

  for (const browser of browsers) {
    test(`page: ${browser} shares its screen`, [...new Set([browser, 'chromium'])], async (t) => {
      const ann = await enter(t, 'chromium', 'Ann');
      const ben = await enter(t, browser, 'Ben');
      await Promise.all([ann, ben].map((page) => people(page, 2)));
      await sees(ann, 2);
      const mids = await ann.evaluate(() => tandem.pc.localDescription.sdp.match(/^m=/gm).length);
      await fakeScreen(ben, { who: 7, width: 640, height: 480 });
      await click(ben, '#share');
      await becomesLarge(ann, 'Ben’s screen');
      await sees(ann, 7, { timeout: 20000 });
      await sees(ann, 2);
      await t.picture('screen');
      await click(ben, '#camera');
      await sees(ann, 7);
      // What the browser's own bar does.
      await ben.evaluate(() => window.shared.stop() ?? window.shared.dispatchEvent(new Event('ended')));
      await becomesLarge(ann, '');
      await ben.waitFor('the button says so', () => document.querySelector('#share').getAttribute('aria-pressed') === 'false');
      await click(ben, '#share');
      await becomesLarge(ann, 'Ben’s screen');
      await sees(ann, 7, { timeout: 20000 });
      await click(ben, '#share');
      await becomesLarge(ann, '');
      assert.equal(await ann.evaluate(() => tandem.pc.localDescription.sdp.match(/^m=/gm).length), mids, 'who watches never renegotiates');
      assert.deepEqual([ann.page.errors, ben.page.errors], [[], []]);
    });
  }

  test('page: layers that nobody looks at are stopped', ['chromium'], async (t) => {
    const ben = await enter(t, 'chromium', 'Ben', { camera: { width: 1280, height: 720, fps: 10 } });
    const ann = await enter(t, 'chromium', 'Ann', { width: 500, height: 300 });
    await sees(ann, 2);
    const active = () => ben.evaluate(() => tandem.pc.getSenders().find(({ track }) => track?.kind === 'video').getParameters().encodings.filter((each) => each.active).map(({ rid }) => rid).join());
    await until(async () => `only the smallest layer is sent (sent: ${await active()})`, async () => (await active()) === 'q', { timeout: 20000 });
    await enter(t, 'chromium', 'Cleo', { width: 1300, height: 820 });
    await until(async () => `the largest layer is sent again (sent: ${await active()})`, async () => (await active()).endsWith('f'), { timeout: 20000 });
    await sees(ann, 2);
  });

  for (const browser of browsers) {
    test(`page: ${browser} measures the numbers on the tiles`, [browser], async (t) => {
      const ann = await enter(t, browser, 'Ann');
      const ben = await enter(t, browser, 'Ben');
      await Promise.all([ann, ben].map((page) => people(page, 2)));
      await sees(ann, 2);
      await press(ann, 'i');
      await ann.waitFor('a size and a rate', () => {
        const text = document.querySelector('#stage .tile:not(.self) .tile-stats').textContent;
        return /\d+×\d+/.test(text) && /[1-9]\d* kbit\/s VP8/.test(text);
      });
      await t.picture('numbers');
      await press(ann, 'i');
      await ann.waitFor('no numbers', () => document.querySelectorAll('#stage .tile-stats:not([hidden])').length === 0);
    });
  }
};
