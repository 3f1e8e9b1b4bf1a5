// Pictures of the call page with made-up people, to be looked at: build/look/*.png. No relay and no other browsers are needed.
//
//     node look.mjs                       all sizes, 2, 9, 16 and 49 people
//     node look.mjs phone 9 speaker       only what bears all of these words in its name
//
// It needs the npm modules of ../e2e (`make deps-test`).
import { createServer } from 'node:http';
import { mkdir, readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from '../e2e/node_modules/playwright-core/index.mjs';

const WEB = new URL('../../relay/web/', import.meta.url);
const OUT = fileURLToPath(new URL('../../build/look/', import.meta.url));
const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml' };

const SCREENS = {
    phone: { width: 360, height: 740, touch: true, slots: 9 },
    across: { width: 740, height: 360, touch: true, slots: 9 },
    laptop: { width: 1280, height: 800, slots: 16 },
    wall: { width: 3840, height: 2160, slots: 16 },
};

/** What can be seen, beside the plain gallery of so many people. */
const SCENES = {
    gallery: {},
    speaker: { mode: 'speaker' },
    screen: { screen: true },
    numbers: { stats: true },
    menu: { open: '#more' },
    people: { open: '#people' },
    badge: { open: '#badge' },
    chat: { open: '#chat-toggle' },
    all: { slots: 49 },
    volume: { open: '#people', adjust: true },
    composed: { composed: true },
    listen: { listen: 'picture' },
    'listen-start': { listen: 'start' },
    'listen-alone': { listen: 'alone' },
    'listen-voices': { listen: 'voices' },
    'listen-numbers': { listen: 'picture', stats: true },
    'listen-menu': { listen: 'picture', open: '#more' },
    'listen-people': { listen: 'picture', open: '#people' },
    'listen-chat': { listen: 'picture', open: '#chat-toggle' },
};

async function serve() {
    const server = createServer(async ({ method, url }, response) => {
        if (method === 'POST') {
            return; // nobody answers: the page goes on waiting
        }
        const name = url.startsWith('/assets/') ? url.slice(8) : 'index.html';
        try {
            const body = await readFile(new URL(name, WEB));
            response.writeHead(200, { 'Content-Type': TYPES[extname(name)] ?? 'text/plain' }).end(body);
        } catch {
            response.writeHead(404).end();
        }
    });
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    return server;
}

/** Runs in the page: shows `count` people, oneself among them. */
async function show({ count, slots, mode, screen, stats, open, adjust, composed }) {
    const NAMES = ['Ann Lee', 'Ben', 'Cleo Papadopoulou', 'Dimitri', 'Élodie', 'Fatima Az-Zahra', '山田 太郎', 'Gus', 'Hildegard von der Wiesenmühle', 'Ines', 'Jo', 'Kwame', 'Lars', 'Mia', 'Nia'];
    const { Stage } = await import('/assets/tiles.js');
    const { hueOf, initials } = await import('/assets/roster.js');
    const { drawView, drawHand } = await import('/assets/controls.js');
    localStorage.setItem('tandem.view', mode ?? 'gallery');
    document.body.dataset.view = 'call';
    document.querySelector('#lobby').hidden = true;
    document.querySelector('#call').hidden = false;
    document.querySelector('#room-name').textContent = 'quiet-otter-42';
    document.querySelector('#people-count').textContent = String(count);
    document.querySelector('#badge .bars').dataset.grade = '3';
    document.querySelector('#badge-text').textContent = '24 ms';

    function picture(at, slides = false) {
        const canvas = Object.assign(document.createElement('canvas'), slides ? { width: 1600, height: 1000 } : { width: 640, height: 360 });
        const context = canvas.getContext('2d');
        const { width: w, height: h } = canvas;
        const light = context.createLinearGradient(0, 0, w, h);
        light.addColorStop(0, slides ? '#fff' : `hsl(${at * 47} 28% 62%)`);
        light.addColorStop(1, slides ? '#eef' : `hsl(${at * 47 + 40} 30% 30%)`);
        context.fillStyle = light;
        context.fillRect(0, 0, w, h);
        if (slides) {
            context.fillStyle = '#223';
            context.font = '64px sans-serif';
            context.fillText('Quarterly numbers', 120, 180);
            context.fillStyle = '#456';
            [0.3, 0.5, 0.42, 0.7, 0.86].forEach((part, bar) => context.fillRect(160 + bar * 260, 860 - part * 560, 170, part * 560));
        } else {
            context.fillStyle = `hsl(${at * 31 + 15} 35% ${62 - (at % 4) * 9}%)`;
            context.beginPath();
            context.ellipse(w / 2, h * 0.44, h * 0.19, h * 0.25, 0, 0, 7);
            context.fill();
            context.fillStyle = `hsl(${at * 71} 35% 38%)`;
            context.beginPath();
            context.ellipse(w / 2, h * 1.06, h * 0.46, h * 0.42, 0, 0, 7);
            context.fill();
        }
        const [track] = canvas.captureStream(5).getVideoTracks();
        setInterval(() => context.fillRect(0, 0, 1, 1), 200);
        return track;
    }

    const tracks = new Map();
    const models = Array.from({ length: count - 1 }, (_, at) => {
        const name = NAMES[at % NAMES.length] + (at >= NAMES.length ? ` ${1 + Math.floor(at / NAMES.length)}` : '');
        const off = at % 5 === 3;
        if (!off && at < slots) {
            tracks.set(String(at), picture(at));
        }
        return {
            id: `p${at}`, owner: `p${at}`, self: false, screen: false, name, initials: initials(name), hue: hueOf(`p${at}`), audioMuted: at % 3 === 1, videoOn: !off,
            mid: off || at >= slots ? null : String(at), paused: at === 4 ? 'network' : null, speaking: at === 0 || at === 2, hand: at === 2 ? 1 : at === 5 ? 2 : 0,
        };
    });
    if (screen) {
        tracks.set('s', picture(0, true));
        models.unshift({ ...models[0], id: 'p0/s', screen: true, name: `${models[0].name}’s screen`, mid: 's', paused: null, speaking: false, hand: 0, audioMuted: false });
    }
    models.push({ id: 'me', owner: 'me', self: true, screen: false, name: 'Me', initials: 'M', hue: 1, audioMuted: false, videoOn: true, mid: null, paused: null, speaking: false, hand: 0 });
    let shown = models;
    if (composed) {
        tracks.set('g', picture(7));
        shown = [{ ...models[0], id: 'everybody', owner: null, composed: true, name: 'Everybody', mid: 'g', speaking: false, hand: 0, audioMuted: false }];
    }
    const stage = new Stage({ room: slots });
    stage.usePeer((mid) => tracks.get(mid) ?? null, () => null);
    stage.addEventListener('view', () => drawView(stage.view));
    drawView(stage.view);
    drawHand(false);
    stage.render(shown, { camera: picture(33), screen: null }, { dominant: 'p0', led: new Map() }, []);
    stage.renderSpeaking(shown, { dominant: 'p0', led: new Map() });
    if (stats) {
        const { receivedLines, sentLines } = await import('/assets/overlay_text.js');
        const video = { width: 640, height: 360, fps: 30, kbps: 612, loss: 0.004, bufferMs: 48, freezes: 1, codec: 'VP8' };
        const audio = { kbps: 34, loss: 0.01, bufferMs: 62, concealed: 0.002, samples: 1 };
        const layer = (rid, width, height, sending) => ({ kind: 'video', rid, width, height, fps: 30, kbps: width, loss: 0, codec: 'VP8', sending, limited: 'none' });
        stage.write(new Map(models.map(({ id, self, paused, mid }) => [id, self
            ? sentLines({ layers: [layer('q', 320, 180, true), layer('h', 640, 360, true), layer('f', 1280, 720, false)], rttMs: 24, unwanted: ['f'] })
            : receivedLines({ video: mid === null ? null : video, audio, slot: { paused, layer: { width: 1280, height: 720 } }, view: { width: 600, height: 338 }, rttMs: 24 })])));
    }
    if (open) {
        const { People } = await import('/assets/people.js');
        document.querySelector(open).click();
        document.querySelector('#people-rows').replaceChildren();
        const button = document.createElement('button');
        const percents = { p1: 60, p2: 0 };
        const people = new People({ button, onChoose: () => {}, volume: { of: (id) => percents[id] ?? 100, set() {}, isMixed: (id) => id === 'p3' } });
        const listeners = ['Wall in the hall', 'Otto'].map((name) => ({ id: name, name, initials: initials(name), hue: hueOf(name), hand: 0 }));
        people.render(models, listeners);
        document.querySelector('#people-list').hidden = open !== '#people';
        if (open === '#people') {
            document.querySelector('#people-list').hidden = true;
            button.click();
        }
        for (const id of adjust ? ['p1'] : []) {
            document.querySelector(`[data-volume="${id}"]`).click();
        }
    }
}

/** Runs in the listen-only page: shows `count` people composed, or what is there instead. */
async function showListening({ count, listen, stats, open }) {
    const { Player } = await import('/assets/player.js');
    const { Roster } = await import('/assets/roster.js');
    const { playerWords } = await import('/assets/player_text.js');
    const { People } = await import('/assets/people.js');
    const names = ['Ann Lee', 'Ben', 'Cleo Papadopoulou', 'Dimitri', 'Élodie', 'Fatima Az-Zahra', '山田 太郎', 'Gus', 'Hildegard von der Wiesenmühle'];
    const roster = new Roster();
    const people = Array.from({ length: listen === 'alone' ? 0 : count }, (_, at) => ({
        id: `p${at}`, number: at, name: names[at % names.length], tracks: [{ id: '0', kind: 'audio', source: 'microphone', muted: at % 3 === 1 }],
    }));
    roster.apply({ type: 'welcome', participant: 'z', room: 'r', participants: [{ id: 'z', number: 99, name: 'Wall', tracks: [] }, { id: 'y', number: 98, name: 'Otto', tracks: [] }, ...people], slots: [] });
    roster.apply({ type: 'speaking', dominant: 'p0', levels: { p0: 20, p2: 40 } });
    document.querySelector('#badge .bars').dataset.grade = '3';
    document.querySelector('#badge-text').textContent = '24 ms';
    const player = new Player();
    const picture = listen === 'picture' || listen === 'start';
    if (picture) {
        const canvas = Object.assign(document.createElement('canvas'), { width: 1280, height: 720 });
        const context = canvas.getContext('2d');
        const cols = Math.ceil(Math.sqrt(count));
        context.fillStyle = '#121619';
        context.fillRect(0, 0, 1280, 720);
        const [w, h] = [1264 / cols, 704 / cols];
        for (let at = 0; at < Math.min(count, 25); at++) {
            context.fillStyle = `hsl(${at * 47} 28% 45%)`;
            context.fillRect(12 + (at % cols) * w, 12 + Math.floor(at / cols) * h, w - 8, h - 8);
        }
        setInterval(() => context.fillRect(20, 20, 1, 1), 100);
        player.use(canvas.captureStream(10).getVideoTracks()[0]);
        player.expect(true);
        await new Promise((resolve) => player.addEventListener('live', resolve));
    }
    const words = playerWords({ joined: true, roster, slot: picture ? { feed: 'grid', participant: null } : null, live: picture });
    player.say(words, roster);
    player.invite(listen === 'start');
    const list = new People();
    list.render(roster.tiles(null), roster.listeners(), { id: 'z', name: 'Wall' });
    if (stats) {
        const { receivedLines } = await import('/assets/overlay_text.js');
        player.write(receivedLines({
            video: { width: 1280, height: 720, fps: 25, kbps: 912, loss: 0, bufferMs: 48, freezes: 0, codec: 'VP8' },
            audio: { codec: 'opus', kbps: 48, loss: 0, bufferMs: 44, concealed: 0, samples: 1 }, mixed: true, slot: { feed: 'grid', paused: null, layer: { width: 1280, height: 720 } }, rttMs: 24,
        }));
    }
    if (open === '#people') {
        document.querySelector('#people-list').hidden = false;
        list.render(roster.tiles(null), roster.listeners(), { id: 'z', name: 'Wall' });
    } else if (open) {
        document.querySelector(open).click();
    }
}

const words = process.argv.slice(2);
const server = await serve();
const url = `http://127.0.0.1:${server.address().port}/r/quiet-otter-42`;
const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--use-fake-ui-for-media-stream', '--use-fake-device-for-media-stream'],
});
await mkdir(OUT, { recursive: true });
try {
    for (const [size, { width, height, touch = false, slots }] of Object.entries(SCREENS)) {
        for (const count of [2, 9, 16, 49]) {
            for (const [name, scene] of Object.entries(SCENES)) {
                const what = [size, `${count}`, name];
                if (words.some((word) => !what.includes(word)) || (words.length === 0 && count > 9 && (scene.open || scene.stats))) {
                    continue;
                }
                const context = await browser.newContext({ viewport: { width, height }, hasTouch: touch, isMobile: touch, colorScheme: count === 9 ? 'dark' : 'light', permissions: ['camera', 'microphone'] });
                const page = await context.newPage();
                page.on('pageerror', (error) => console.log(`${what.join('-')}: ${error}`));
                await page.goto(scene.listen ? `${url}?listen` : url);
                await page.waitForFunction(() => window.tandem !== undefined);
                await page.evaluate(scene.listen ? showListening : show, { count, slots, ...scene });
                await page.waitForTimeout(900);
                await page.screenshot({ path: `${OUT}${what.join('-')}.png` });
                console.log(what.join('-'));
                await context.close();
            }
        }
    }
} finally {
    await browser.close();
    server.close();
}
