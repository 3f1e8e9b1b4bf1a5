// The page that only listens, everybody in one picture, and how loud others are.
import assert from 'node:assert/strict';
import { hears, hearsNothing, sees } from '../lib/media_log.mjs';
import { until } from '../lib/wait.mjs';

const PEOPLE = { Ann: { who: 1, hz: 440 }, Ben: { who: 2, hz: 660 }, Cleo: { who: 3, hz: 880 } };
const WIDE = { width: 640, height: 360 };

const enter = (t, browser, name, query = '') =>
  t.page(browser, `${t.relay.url}/r/${t.room}?name=${name}&autojoin=1${query}`, { ...PEOPLE[name], name, camera: WIDE });

const listen = (t, browser, query = '', options = {}) =>
  t.page(browser, `${t.relay.url}/r/${t.room}?listen&name=Wall${query}`, { name: 'Wall', ...options });

const click = (page, selector) => page.evaluate((s) => document.querySelector(s).click(), selector);
const slots = (page) => page.evaluate(() => window.tandem?.slots.map(({ kind, feed }) => `${kind} ${feed}`).sort().join());
const names = (page) => page.evaluate(() => [...document.querySelectorAll('#stage .tile .tile-name')].map((node) => node.textContent).sort().join());

async function fedBy(page, wanted) {
  let feeds;
  await until(() => `${page.name} is fed by ${wanted} (by ${feeds})`, async () => (feeds = await slots(page)) === wanted, { timeout: 20000, every: 100 });
}

async function touch(page) {
  if (await page.evaluate(() => !document.querySelector('#player-listen').hidden)) {
    await click(page, '#player-listen');
  }
}

/** Whose test pictures stand side by side in a composed one, left and right: known by the colours of their upper halves. */
const tilesOf = (page, selector) => page.evaluate((of) => {
  const video = document.querySelector(of);
  const canvas = Object.assign(document.createElement('canvas'), { width: video.videoWidth, height: video.videoHeight });
  const context = canvas.getContext('2d');
  context.drawImage(video, 0, 0);
  return [0.25, 0.75].map((part) => {
    const [r, g, b] = context.getImageData(canvas.width * part, canvas.height * 0.35, 1, 1).data;
    const [most, least] = [Math.max(r, g, b), Math.min(r, g, b)];
    const hue = most === least ? -1 : 60 * (most === r ? ((g - b) / (most - least) + 6) % 6 : most === g ? 2 + (b - r) / (most - least) : 4 + (r - g) / (most - least));
    return [1, 2, 3].find((who) => Math.abs(hue - ((who * 77) % 360)) < 20) ?? Math.round(hue);
  });
}, selector);

export default ({ test, browsers }) => {
  for (const browser of browsers) {
    test(`listen: ${browser} hears a room mixed and sees it composed`, [...new Set([browser, 'chromium'])], async (t) => {
      const wall = await listen(t, browser);
      await wall.waitFor('nobody is here', () => document.querySelector('#player-title')?.textContent.startsWith('Nobody'));
      const ann = await enter(t, 'chromium', 'Ann');
      const ben = await enter(t, 'chromium', 'Ben');
      await wall.waitFor('a picture', () => window.tandem?.live, null, 20000);
      await fedBy(wall, 'audio mix,video grid');
      await touch(wall);
      await hears(wall, [440, 660], { timeout: 20000 });
      let tiles;
      await until(() => `both are in the picture (${tiles})`, async () => [...(tiles = await tilesOf(wall, '#player-video'))].sort().join() === '1,2', { timeout: 10000, every: 200 });
      await t.picture('composed');

      assert.equal(await names(ann), 'Ben,You, Ann', 'a listener takes no place on the stage');
      assert.equal(await ann.evaluate(() => document.querySelector('#people').getAttribute('aria-label')), '3 people, one of them only listens');
      assert.equal(await ann.evaluate(() => tandem.pc.localDescription.sdp.match(/^m=/gm).length > 2), true);
      assert.equal(await wall.evaluate(() => tandem.pc.localDescription.sdp.match(/^m=/gm).length), 2);

      await click(ben, '#leave');
      await fedBy(wall, 'audio track,video grid');
      await hears(wall, 440);
      assert.deepEqual([ann.page.errors, wall.page.errors], [[], []]);
    });
  }

  test('listen: the speaker large, sound off and on', ['chromium'], async (t) => {
    const ann = await enter(t, 'chromium', 'Ann');
    const wall = await listen(t, 'chromium', '&video=speaker', { width: 360, height: 640 });
    await sees(wall, 1, { timeout: 20000 });
    await touch(wall);
    await hears(wall, 440);
    await wall.waitFor('the name of who is shown', () => document.querySelector('#player-caption').textContent === 'Ann');
    const level = () => wall.evaluate(() => [...document.querySelectorAll('#sound audio')].map(({ muted, volume }) => (muted ? 0 : volume)).join());
    await click(wall, '#sound-toggle');
    assert.equal(await level(), '0');
    await click(wall, '#sound-toggle');
    assert.equal(await level(), '1');
    await click(wall, '#menu-stats');
    await wall.waitFor('numbers', () => /VP8/.test(document.querySelector('#player-stats').textContent));
    await t.picture('speaker');
    assert.deepEqual([ann.page.errors, wall.page.errors], [[], []]);
  });

  test('listen: everybody in one picture, and back', ['chromium'], async (t) => {
    const ann = await enter(t, 'chromium', 'Ann');
    const ben = await enter(t, 'chromium', 'Ben');
    const cleo = await enter(t, 'chromium', 'Cleo');
    await sees(ann, 2);
    await sees(ann, 3);
    await click(ann, '#menu-composed');
    await ann.waitFor('one tile', () => [...document.querySelectorAll('#stage .tile.live')].map((tile) => tile.dataset.participant).join() === 'everybody', null, 20000);
    await hears(ann, 660);
    await hears(ann, 880);
    await t.picture('one');
    const views = () => ann.evaluate(() => tandem.slots.filter(({ kind, feed }) => kind === 'video' && feed !== null).map(({ feed }) => feed).join());
    await until(async () => `nothing else is sent (${await views()})`, async () => (await views()) === 'grid');
    await click(ann, '#menu-composed');
    await sees(ann, 2);
    await sees(ann, 3);
    assert.equal(await names(ann), 'Ben,Cleo,You, Ann');
    assert.deepEqual([ann.page.errors, ben.page.errors, cleo.page.errors], [[], [], []]);
  });

  test('listen: a page goes over to the mix, and back', ['chromium'], async (t) => {
    const ann = await enter(t, 'chromium', 'Ann');
    const ben = await enter(t, 'chromium', 'Ben');
    const cleo = await enter(t, 'chromium', 'Cleo');
    const voices = async (feed) => (await ann.evaluate((of) => tandem.slots.filter((slot) => slot.kind === 'audio' && slot.feed === of).length, feed));
    await ann.waitFor('two voices', () => window.tandem?.slots.filter(({ kind, feed }) => kind === 'audio' && feed === 'track').length === 2);
    await ann.evaluate(() => e2e.tell({ type: 'pin', mid: tandem.slots.find(({ kind }) => kind === 'audio').mid, participant: null, feed: 'mix' }));
    await until('the mix alone', async () => (await voices('mix')) === 1 && (await voices('track')) === 0);
    await hears(ann, [660, 880]);
    await ann.waitFor('rings around those who speak', () => document.querySelectorAll('#stage .tile.speaking:not(.self)').length === 2);
    await click(ann, '#menu-stats');
    await ann.waitFor('numbers of the mix', () => /mixed [1-9]\d* kbit\/s opus/.test(document.querySelector('#stage .tile:not(.self) .tile-stats').textContent), null, 15000);
    await click(ann, '#people');
    await click(ann, '.person-volume');
    await ann.waitFor('why nobody can be turned up', () => /mixed/.test(document.querySelector('.person-level').textContent) && !document.querySelector('.person-level input'));
    await t.picture('mixed');
    await ann.evaluate(() => e2e.tell({ type: 'pin', mid: tandem.slots.find(({ feed }) => feed === 'mix').mid, participant: null, feed: null }));
    await until('two voices again', async () => (await voices('track')) === 2, { timeout: 15000 });
    await ann.waitFor('a slider', () => document.querySelector('.person-level input') !== null);
    assert.deepEqual([ann.page.errors, ben.page.errors, cleo.page.errors], [[], [], []]);
  });

  test('listen: comes back after the relay restarts, and the controls step aside', ['chromium'], async (t) => {
    const relay = await t.ownRelay();
    const ann = await t.page('chromium', `${relay.url}/r/${t.room}?name=Ann&autojoin=1`, { ...PEOPLE.Ann, name: 'Ann', camera: WIDE });
    const wall = await t.page('chromium', `${relay.url}/r/${t.room}?listen`, { name: 'Wall', width: 1280, height: 720 });
    await hears(wall, 440, { timeout: 20000 });
    await touch(wall);
    await wall.waitFor('nothing but the picture', () => document.body.classList.contains('still'), null, 15000);
    await t.picture('still');
    await relay.stop('SIGKILL');
    await wall.waitFor('a sentence about the connection', () => !document.querySelector('#notice').hidden, null, 30000);
    await t.picture('gone');
    await t.ownRelay({ port: relay.port, mediaPort: relay.mediaPort });
    const since = Date.now();
    await hears(wall, 440, { timeout: 30000, since });
    await wall.waitFor('a picture', () => tandem.live, null, 15000);
    assert.deepEqual(ann.page.errors.filter((text) => !/Failed to load|WebSocket|ERR_/.test(text)), []);
  }, { timeout: 90000 });

  test('listen: each person as loud as is wanted', ['chromium'], async (t) => {
    const ann = await enter(t, 'chromium', 'Ann');
    const ben = await enter(t, 'chromium', 'Ben');
    await hears(ann, 660);
    await click(ann, '#people');
    const set = (percent) => ann.evaluate((value) => {
      if (!document.querySelector('.person-level')) {
        document.querySelector('.person-volume').click();
      }
      const slider = document.querySelector('.person-level input');
      slider.value = String(value);
      slider.dispatchEvent(new Event('input'));
      slider.dispatchEvent(new Event('change'));
    }, percent);
    const played = () => ann.evaluate(() => [...document.querySelectorAll('#sound audio')].map(({ muted, volume }) => (muted ? 'held' : String(volume))).filter((each) => each !== '1').join());
    await set(50);
    assert.equal(await played(), '0.5');
    await t.picture('volume');
    await set(200);
    await until('the amplifier takes over', async () => (await played()) === 'held');
    await set(100);
    assert.equal(await played(), '');
    await set(0);
    assert.equal(await played(), 'held');
    await click(ben, '#leave');
    await hearsNothing(ann);
    assert.equal(await played(), '', 'the volume went with the person');
    await click(ben, '#join');
    await until('it comes back with the name', async () => (await played()) === 'held');
    assert.deepEqual(ann.page.errors, []);
  });
};
