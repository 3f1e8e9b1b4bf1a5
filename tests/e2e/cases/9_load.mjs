// tandem-load against the relay: what it reports of good calls, of bad ones, and of servers that refuse.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { onlyCandidate, keepCandidates } from '../lib/candidates.mjs';
import { runLoad } from '../lib/load.mjs';
import { freePort } from '../lib/ports.mjs';
import { start } from '../lib/process.mjs';
import { hostAddress } from '../lib/relay.mjs';
import { Skip, until } from '../lib/wait.mjs';

const JANUS = fileURLToPath(new URL('../../../bench/peers/janus.sh', import.meta.url));

/** Run by the page: its numbers, each with its path in the JSON and what people read. */
function numbersOf() {
  return [...document.querySelectorAll('data[data-json]')].map((e) => [e.dataset.json, e.value, e.textContent]);
}

const member = (tree, path) => path.split('.').reduce((at, name) => at?.[name], tree);

/** "1.50 ms" as a number of the unit that the JSON has. */
function meant(shown, path) {
  const [, digits, unit] = /^(-?[\d.]+)\s*(.*)$/.exec(shown) ?? [];
  const us = { us: 1, ms: 1e3, s: 1e6 };
  const bytes = { B: 1, kB: 1e3, MB: 1e6, GB: 1e9 };
  if (unit in us) {
    const scale = path.endsWith('_us') ? 1 : path.endsWith('_ms') ? 1e3 : 1e6;
    return (Number(digits) * us[unit]) / scale;
  }
  return Number(digits) * (unit === '%' ? 0.01 : (bytes[unit] ?? 1));
}

/** A server that gives every request the same answer. */
async function stub(t, status, body, headers = {}) {
  const server = createServer((request, reply) => {
    request.resume();
    request.on('end', () => {
      reply.writeHead(status, headers);
      reply.end(body);
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  return `http://127.0.0.1:${server.address().port}`;
}

/** Eight seconds of a voice-like buzz that nearly fills the scale: two of them do not fit into 16 bit. */
function loudVoice() {
  const RATE = 48000;
  const file = Buffer.alloc(44 + RATE * 8 * 2);
  file.write('RIFF', 0);
  file.writeUInt32LE(file.length - 8, 4);
  file.write('WAVEfmt ', 8);
  file.writeUInt32LE(16, 16);
  file.writeUInt16LE(1, 20);
  file.writeUInt16LE(1, 22);
  file.writeUInt32LE(RATE, 24);
  file.writeUInt32LE(RATE * 2, 28);
  file.writeUInt16LE(2, 32);
  file.writeUInt16LE(16, 34);
  file.write('data', 36);
  file.writeUInt32LE(file.length - 44, 40);
  for (let i = 0; i < RATE * 8; i += 1) {
    const t = i / RATE;
    const hz = 120 + 20 * Math.sin(2 * Math.PI * 0.7 * t);
    let sum = 0;
    for (let k = 1; k < 12; k += 1) {
      sum += Math.sin(2 * Math.PI * hz * k * t) / k;
    }
    const spoken = t % 1.2 < 0.9 ? 0.55 * (0.6 + 0.4 * Math.sin(2 * Math.PI * 3.3 * t)) * sum : 0;
    file.writeInt16LE(Math.round(Math.max(-1, Math.min(1, spoken)) * 31000), 44 + 2 * i);
  }
  return file;
}

const causes = (report) => Object.fromEntries(report.sum.causes.map((c) => [c.cause, c]));

export default ({ test }) => {
  test('load: the page has the numbers of the JSON', ['chromium'], async (t) => {
    const html = t.log('page').replace(/\.log$/, '.html');
    const { status, report, text } = await runLoad(
      t,
      ['--url', `${t.relay.url}/call/${t.room}-{room}`, '--rooms', '3', '--callers', '3', '--video', '--size', '320x192', '--duration', '8', '--listen', '50%', '--pid', String(t.relay.pid), '--expect', 'failed=0'],
      { html },
    );
    assert.equal(status, 0, text);
    assert.equal(report.sum.up, 9);
    assert.ok(report.sum.sampled >= 3 && report.moments.length >= 8 && report.cost.server_cores > 0);
    for (const [width, height, dark] of [[1280, 900, false], [360, 740, true], [3840, 2160, true]]) {
      const page = await t.page('chromium', `file://${html}`, { width, height, dark });
      await page.waitFor('the whole page', () => document.readyState === 'complete');
      const numbers = await page.evaluate(numbersOf);
      assert.ok(numbers.length > 60, `only ${numbers.length} numbers`);
      for (const [path, value, shown] of numbers) {
        const wanted = member(report, path);
        assert.ok(Math.abs(wanted - Number(value)) <= 1e-6 + Math.abs(wanted) * 1e-6, `${path}: page ${value}, JSON ${wanted}`);
        assert.ok(Math.abs(meant(shown, path) - wanted) <= 0.51 * 10 ** -1 + Math.abs(wanted) * 0.01, `${path}: shows ${shown}, JSON ${wanted}`);
      }
      assert.deepEqual(await page.evaluate(() => [document.documentElement.scrollWidth <= innerWidth, document.querySelectorAll('svg').length >= 8]), [true, true]);
      assert.deepEqual(page.page.errors, []);
      await page.screenshot(t.log(`page-${width}`).replace(/\.log$/, '.png'));
    }
  });

  test('load: a broken rule is status 1', [], async (t) => {
    const { status, text } = await runLoad(t, ['--url', `${t.relay.url}/call/${t.room}`, '--duration', '2', '--expect', 'mos>=4.49']);
    assert.equal(status, 1, text);
    assert.match(text, /BROKEN mos>=4\.49/);
  });

  test('load: a wrong command line is status 2 and says what is right', [], async (t) => {
    const { status, text } = await runLoad(t, ['--url', `${t.relay.url}/call/${t.room}`, '--rooms', '2']);
    assert.equal(status, 2);
    assert.match(text, /--rooms: .*\{room\}/);
  });

  test('load: what servers do wrong is counted by cause', [], async (t) => {
    const refuse = await stub(t, 403, '{"detail":"that token is for another room"}', { 'Content-Type': 'application/problem+json' });
    const rubbish = await stub(t, 201, 'hello', { 'Content-Type': 'application/sdp', Location: '/s/1' });
    const bare = await t.gateway({ rewrite: keepCandidates(() => false) });
    const audioOnly = await t.gateway({ rewrite: (sdp) => sdp.replace(/VP8\/90000/g, 'AV1/90000') });
    const hole = await t.gateway({ rewrite: (sdp) => onlyCandidate(sdp, '192.0.2.1', 9) });
    const rows = [
      [`${t.relay.url}/nowhere/${t.room}`, 'not-found', null],
      ['http://127.0.0.1:9/call/x', 'unreachable', null],
      [`${refuse}/call/x`, 'refused', /another room/],
      [`${rubbish}/call/x`, 'bad-answer', null],
      [`${bare.url}/call/${t.room}`, 'no-candidates', null],
      [`${audioOnly.url}/call/${t.room}`, 'no-codec', null],
      [`${hole.url}/call/${t.room}`, 'ice-timeout', null],
    ];
    await Promise.all(
      rows.map(async ([url, cause, message]) => {
        const { status, report, text } = await runLoad(t, ['--url', url, '--video', '--size', '256x144', '--duration', '1', '--agent', 'light']);
        assert.equal(status, 1, `${cause}: ${text}`);
        assert.equal(causes(report)[cause]?.count, 2, `${cause}: ${JSON.stringify(report.sum.causes)}`);
        if (message) {
          assert.match(causes(report)[cause].first_message, message);
          assert.match(text, message);
        }
      }),
    );
  });

  test('load: a relay that drops every 50th packet is found out', [], async (t) => {
    const host = hostAddress(4);
    const proxy = await t.rebindProxy({ host, target: { address: host, port: t.relay.mediaPort }, down: { every: 50 } });
    const gateway = await t.gateway({ rewrite: (sdp) => onlyCandidate(sdp, host, proxy.port) });
    const { report, text } = await runLoad(t, ['--url', `${gateway.url}/call/${t.room}-{room}`, '--rooms', '5', '--duration', '15', '--agent', 'light']);
    assert.ok(Math.abs(report.sum.loss_before - 0.02) < 0.002, text);
  });

  test('load: who hears himself is told', [], async (t) => {
    const room = `${t.room}-{room}`;
    const { status, report, text } = await runLoad(t, [
      '--whip', `${t.relay.url}/whip/${room}`, '--whep', `${t.relay.url}/whep/${room}?audio=mix`,
      '--callers', '3', '--duration', '15', '--listen', '100%', '--expect', 'heard=100%',
    ]);
    assert.equal(status, 1, text);
    const own = report.callers.filter((caller) => caller.heard?.wrong.includes(caller.number));
    assert.ok(own.length >= 2, text);
    assert.match(text, /caller \d+ in \S+ hears itself/);
  });

  test('load: the wrapped sum of a mixer that does not limit is found out', [], async (t) => {
    if (!existsSync('/usr/bin/janus')) {
      throw new Skip('janus is not installed');
    }
    const port = await freePort();
    const janus = start(JANUS, [String(port)], { log: t.log('janus') });
    t.after(() => janus.stop());
    const url = `http://127.0.0.1:${port}/janus`;
    await until('Janus answers', () => fetch(`${url}/info`).then((reply) => reply.ok).catch(() => false), { timeout: 10000 });
    const voice = t.log('loud').replace(/\.log$/, '.wav');
    await writeFile(voice, loudVoice());
    const { status, report, text } = await runLoad(t, [
      '--janus', url, '--plugin', 'audiobridge', '--callers', '3', '--speakers', '2', '--all-at-once',
      '--audio', voice, '--duration', '8', '--listen', '100%', '--expect', 'clipped<0.01%',
    ]);
    assert.equal(status, 1, text);
    assert.ok(report.sum.sound.clipped > 0.001, text);
    assert.match(text, /BROKEN clipped<0\.01%/);
  });
};
