// The call page itself, in both browsers and across.
import assert from 'node:assert/strict';
import { hears, hearsNothing, sees, seesNothing } from '../lib/media_log.mjs';
import { until } from '../lib/wait.mjs';

const PEOPLE = { Ann: { who: 1, hz: 440 }, Ben: { who: 2, hz: 660 }, Cleo: { who: 3, hz: 880 } };

const enter = (t, browser, name, { relay = t.relay, ...options } = {}) =>
  t.page(browser, `${relay.url}/r/${t.room}?name=${name}&autojoin=1`, { ...PEOPLE[name], name, ...options });

/** The names under the pictures; the own one as "You, Ann". */
const names = (page) =>
  page.evaluate(() => [...document.querySelectorAll('#stage .tile .tile-name')].map((node) => node.textContent));

async function shows(page, wanted, timeout = 15000) {
  let seen;
  await until(
    () => `${page.name} shows ${wanted.join(', ')} (shows ${seen?.join(', ')})`,
    async () => {
      seen = await names(page);
      return seen.map((n) => n.replace(/^You, /, '')).sort().join() === [...wanted].sort().join();
    },
    { timeout, every: 100 },
  );
  assert.equal(seen.filter((n) => n.startsWith('You')).length, 1);
}

/** Everybody sees and hears everybody else. */
async function together(pages, timeout = 20000) {
  const since = Date.now();
  const pairs = pages.flatMap((to) => pages.filter((from) => from !== to).map((from) => [to, from]));
  await Promise.all(
    pairs.flatMap(([to, from]) => [sees(to, from.who, { timeout, since }), hears(to, from.hz, { timeout, since })]),
  );
}

const click = (page, selector) => page.evaluate((s) => document.querySelector(s).click(), selector);

export default ({ test, browsers }) => {
  const pairs = [['chromium', 'chromium'], ['firefox', 'firefox'], ['chromium', 'firefox']];
  for (const [first, second] of pairs) {
    test(`page: ${first} and ${second} in a room`, [...new Set([first, second])], async (t) => {
      const ann = await enter(t, first, 'Ann');
      const ben = await enter(t, second, 'Ben', { dark: true });
      await together([ann, ben]);
      await Promise.all([shows(ann, ['Ann', 'Ben']), shows(ben, ['Ann', 'Ben'])]);
      await ann.waitFor('the badge measures', () => /\d/.test(document.querySelector('#badge-text').textContent));
      await t.picture('in-call');
      assert.deepEqual([ann.page.errors, ben.page.errors], [[], []]);
    });
  }

  test('page: three in a room, one leaves', browsers, async (t) => {
    const ann = await enter(t, 'chromium', 'Ann');
    const ben = await enter(t, 'firefox', 'Ben');
    const cleo = await enter(t, 'chromium', 'Cleo');
    await together([ann, ben, cleo]);
    await Promise.all([ann, ben, cleo].map((page) => shows(page, ['Ann', 'Ben', 'Cleo'])));
    await t.picture('three');
    await click(cleo, '#leave');
    await Promise.all([ann, ben].map((page) => shows(page, ['Ann', 'Ben'])));
    await together([ann, ben]);
  });

  for (const browser of browsers) {
    test(`page: ${browser} leaves and joins again`, [browser], async (t) => {
      const ann = await enter(t, browser, 'Ann');
      const ben = await enter(t, browser, 'Ben');
      await together([ann, ben]);
      await click(ben, '#leave');
      await shows(ann, ['Ann']);
      await ben.waitFor('the lobby', () => !document.querySelector('#lobby').hidden);
      await click(ben, '#join');
      await together([ann, ben]);
      await shows(ann, ['Ann', 'Ben']);
    });

    test(`page: ${browser} mutes, chats, switches the camera`, [browser], async (t) => {
      const ann = await enter(t, browser, 'Ann');
      const ben = await enter(t, browser, 'Ben');
      await together([ann, ben]);
      const tile = () => Boolean(document.querySelector('#stage .tile.muted:not(.self)'));
      await click(ben, '#mute');
      await ann.waitFor('Ben is shown as muted', tile);
      await hearsNothing(ann);
      await click(ben, '#mute');
      await ann.waitFor('Ben is shown as not muted', () => !document.querySelector('#stage .tile.muted:not(.self)'));
      await hears(ann, PEOPLE.Ben.hz);

      await ann.evaluate(() => {
        document.querySelector('#chat-toggle').click();
        document.querySelector('#chat-text').value = 'Grüße, <b>Ben</b> 👋';
        document.querySelector('#chat-send').click();
      });
      await ben.waitFor('the chat message', () => document.querySelector('#chat-log').textContent.includes('Grüße, <b>Ben</b> 👋'));
      await t.picture('chat');

      await click(ben, '#camera');
      await ann.waitFor('Ben has no picture', () => !document.querySelector('#stage .tile.live:not(.self)'));
      await seesNothing(ann);
      await click(ben, '#camera');
      await sees(ann, PEOPLE.Ben.who);
    });

    test(`page: ${browser} takes the ICE servers of the relay`, [browser], async (t) => {
      const urls = ['stun:127.0.0.1:3478', 'turn:127.0.0.1:3478?transport=udp'];
      const args = [...urls.flatMap((url) => ['--ice-server', url]), '--turn-secret', 'shared'];
      const relay = await t.ownRelay({ args });
      const ann = await enter(t, browser, 'Ann', { relay });
      const ben = await enter(t, browser, 'Ben', { relay });
      await together([ann, ben]); // servers that do not answer cost nothing
      const servers = await ann.evaluate(() => window.tandem.pc.getConfiguration().iceServers);
      assert.deepEqual(servers.map((server) => [server.urls].flat()), urls.map((url) => [url]));
      assert.match(servers[1].username, /^\d{10}:\d+$/);
      assert.match(servers[1].credential, /^[A-Za-z0-9+/]{27}=$/);
      assert.deepEqual([ann.page.errors, ben.page.errors], [[], []]);
    });

    test(`page: ${browser} comes back after the relay restarts`, [browser], async (t) => {
      const relay = await t.ownRelay();
      const ann = await enter(t, browser, 'Ann', { relay });
      const ben = await enter(t, browser, 'Ben', { relay });
      await together([ann, ben]);
      await relay.stop('SIGKILL');
      await ann.waitFor('a sentence about the connection', () => !document.querySelector('#notice').hidden, null, 30000);
      await t.picture('relay-gone');
      await t.ownRelay({ port: relay.port, mediaPort: relay.mediaPort });
      await together([ann, ben], 30000);
      await shows(ann, ['Ann', 'Ben']);
    }, { timeout: 80000 });
  }

  test('page: a person by page, a telephone and a WHIP camera in one room', ['chromium'], async (t) => {
    const ann = await enter(t, 'chromium', 'Ann');
    const phone = await t.baresip(`/call/${t.room}?name=Phone`, { hz: 330 });
    await hears(phone, 440, { timeout: 20000 }); // it has one slot: later it hears one of the two
    t.script('gst', 'publish', `/whip/${t.room}?name=Camera`, { who: 6, hz: 550 });
    const since = Date.now();
    await Promise.all([
      hears(ann, 330, { since, timeout: 20000 }),
      hears(ann, 550, { since, timeout: 20000 }),
      sees(ann, 6, { since, timeout: 20000 }),
    ]);
    await shows(ann, ['Ann', 'Camera', 'Phone']);
    await t.picture('mixed');
  });
};
