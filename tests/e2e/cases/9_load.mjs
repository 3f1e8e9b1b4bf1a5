// tandem-load against the relay: what it reports of good calls, of bad ones, and of servers that refuse.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { onlyCandidate, keepCandidates } from '../lib/candidates.mjs';
import { runLoad } from '../lib/load.mjs';
import { freePort } from '../lib/ports.mjs';
import { start } from '../lib/process.mjs';
import { hostAddress } from '../lib/relay.mjs';
import { Skip, until } from '../lib/wait.mjs';

const EXAMPLE = fileURLToPath(new URL('../../../bench/load/example.conf', import.meta.url));
const JANUS = fileURLToPath(new URL('../../../bench/peers/janus.sh', import.meta.url));

/** Run by the page: its numbers, each with its path in the JSON and what people read. */
function numbersOf() {
  return [...document.querySelectorAll('data[data-json]')].map((e) => [e.dataset.json, e.value, e.textContent]);
}

const member = (tree, path) => path.split('.').reduce((at, name) => at?.[name], tree);

/** "1.50 ms" as a number of the unit that the JSON has, and how far what is meant may be from it: half of the last digit. */
function meant(shown, path) {
  const [, digits, unit] = /^(-?[\d.]+)\s*(.*)$/.exec(shown) ?? [];
  const us = { us: 1, ms: 1e3, s: 1e6 };
  const bytes = { B: 1, kB: 1e3, MB: 1e6, GB: 1e9 };
  let scale = unit === '%' ? 0.01 : (bytes[unit] ?? 1);
  if (unit in us) {
    scale = us[unit] / (path.endsWith('_us') ? 1 : path.endsWith('_ms') ? 1e3 : 1e6);
  }
  const places = digits?.split('.')[1]?.length ?? 0;
  return { value: Number(digits) * scale, within: 0.5 * 10 ** -places * scale };
}

/** Whether people read what the JSON has, which is rounded to six places. */
function reads(shown, path, wanted) {
  const { value, within } = meant(shown, path);
  return Math.abs(value - wanted) <= within * 1.001 + 1e-6;
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

/** A CSV file as rows of members. */
function readCsv(text) {
  const cells = (line) => [...`${line},`.matchAll(/(?:"((?:[^"]|"")*)"|([^,]*)),/g)].map(([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain);
  const [head, ...rows] = text.split('\r\n').slice(0, -1);
  const names = head.split(',');
  return rows.map((line) => {
    const row = cells(line);
    assert.equal(row.length, names.length, line);
    return Object.fromEntries(row.map((cell, i) => [names[i], cell]));
  });
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
        assert.ok(reads(shown, path, wanted), `${path}: shows ${shown}, JSON ${wanted}`);
      }
      assert.deepEqual(await page.evaluate(() => [document.documentElement.scrollWidth <= innerWidth, document.querySelectorAll('svg').length >= 8]), [true, true]);
      assert.deepEqual(page.page.errors, []);
      await page.screenshot(t.log(`page-${width}`).replace(/\.log$/, '.png'));
    }
  });

  test('load: shown values are judged by their digits', [], async () => {
    for (const [shown, path, value] of [['5.00 %', 'loss', 0.05], ['0 %', 'loss', 0], ['4.40', 'mos', 4.4008], ['112 us', 'p50_us', 112], ['1.28 ms', 'p99_us', 1280], ['3.00 s', 'measured_s', 3.0032], ['54.2 kB', 'bytes', 54234]]) {
      assert.ok(reads(shown, path, value), `${shown} ${value}`);
    }
    for (const [shown, path, value] of [['5.00 %', 'loss', 0], ['0 %', 'loss', 0.05], ['4.40', 'mos', 4.41], ['113 us', 'p50_us', 112], ['1.28 ms', 'p99_us', 1290], ['', 'mos', 0], ['54.2 kB', 'bytes', 54434]]) {
      assert.ok(!reads(shown, path, value), `${shown} ${value}`);
    }
  });

  test('load: calls on a clean line are good, on lossy-10 loss is what they suffer from', [], async (t) => {
    const calls = (name) => ['--url', `${t.relay.url}/call/${t.room}-${name}-{room}`, '--rooms', '5', '--callers', '2', '--duration', '5'];
    const [clean, lossy] = await Promise.all([
      runLoad(t, [...calls('clean'), '--expect', 'mos>4.3,failed=0']),
      runLoad(t, [...calls('lossy'), '--impair', 'lossy-10']),
    ]);
    assert.equal(clean.status, 0, clean.text);
    assert.equal(clean.report.sum.mos.callers, 10, clean.text);
    assert.ok(clean.report.sum.mos.mean > 4.3, clean.text);
    assert.equal(lossy.report.sum.up, 10, lossy.text);
    const { mean, by_loss: loss, by_burst: burst, by_delay: delay } = lossy.report.sum.mos;
    assert.ok(mean < clean.report.sum.mos.mean - 1, lossy.text); // 10 % up and 10 % down
    assert.ok(loss > burst && loss > delay && loss > 20, lossy.text);
    assert.match(lossy.text, /100 % on lossy-10/);
  }, { punctual: 50 });

  test('load: a scenario file, with a row for each caller', [], async (t) => {
    const csv = t.log('callers').replace(/\.log$/, '.csv');
    const { status, report, text } = await runLoad(t, [
      '--url', `${t.relay.url}/call/${t.room}-{room}`, '--scenario', EXAMPLE, '--ramp', '100/s', '--duration', '3',
      '--size', '256x144', '--video-rate', '150k', '--agent', 'light', '--csv', csv,
    ]);
    assert.equal(status, 0, text);
    assert.equal(report.sum.up, 20 * 2 + 2 * 6 + 51 + 10, text);
    const people = Object.fromEntries(report.room_sums.map((room) => [room.name, room.callers]));
    const named = Object.entries(people).filter(([name]) => /^(conference-\d+|town-hall|round)$/.test(name));
    assert.deepEqual(named.map(([, count]) => count), [6, 6, 51, 10], JSON.stringify(people));
    assert.equal(report.callers.filter((caller) => caller.line === 'lossy-3').length, 10);
    const rows = readCsv(await readFile(csv, 'utf8'));
    assert.deepEqual(rows.map((row) => [Number(row.caller), row.room, row.line]), report.callers.map((caller) => [caller.number, caller.room, caller.line ?? '']));
    for (const [i, { mos, received }] of report.callers.entries()) {
      assert.ok(Math.abs(Number(rows[i].mos) - (mos ?? 0)) <= 0.0006, `${rows[i].caller}: ${rows[i].mos}, JSON ${mos}`);
      assert.equal(Number(rows[i].packets), received.reduce((sum, stream) => sum + stream.packets, 0));
    }
  }, { punctual: 50 });

  test('load: capacity is found, and what broke first', [], async (t) => {
    const relay = await t.ownRelay({ args: ['--max-participants', '4'] });
    const { status, report, text } = await runLoad(t, [
      '--url', `${relay.url}/call/{room}`, '--callers', '1', '--watchers', '2', '--duration', '1', '--agent', 'light',
      '--find-capacity', 'mos>=4.0,failed=0', '--raise', 'watchers',
    ]);
    assert.equal(status, 0, text);
    const { load, callers, steps } = report.capacity;
    assert.deepEqual([load, callers], [3, 4], text);
    assert.deepEqual(steps.map((step) => [step.load, step.holds, step.broke ?? '']), [[2, true, ''], [4, false, 'failed=0'], [3, true, '']], text);
    assert.match(text, /it carries 3 watchers in each room \(4 callers\); at 4 failed=0 20 % broke first/);
  }, { punctual: 20 });

  test('load: callers leave and others come', [], async (t) => {
    const { status, report, text } = await runLoad(t, [
      '--url', `${t.relay.url}/call/${t.room}-{room}`, '--rooms', '2', '--callers', '3', '--churn', '2/s', '--duration', '5', '--agent', 'light',
    ]);
    assert.equal(status, 0, text);
    assert.ok(report.sum.callers >= 13 && report.sum.callers <= 17, text); // six, and ten more
    assert.ok(report.sum.up >= report.sum.callers - 2, text); // the last ones may still be coming
    assert.deepEqual(report.sum.causes, []);
    assert.ok(report.moments.every(({ up, joining }) => up + joining === 6), JSON.stringify(report.moments));
    assert.ok(report.sum.mos.mean > 4.3, text);
  }, { punctual: 50 });

  test('load: half of the callers are refused, the others are heard', [], async (t) => {
    const relay = await t.ownRelay({ args: ['--max-participants', '2'] });
    const { status, report, text } = await runLoad(t, ['--url', `${relay.url}/call/{room}`, '--rooms', '3', '--callers', '4', '--duration', '3', '--agent', 'light']);
    assert.equal(status, 1, text);
    assert.deepEqual([report.sum.up, report.sum.failed], [6, 6], text);
    assert.equal(report.sum.causes.length, 1, text);
    assert.equal(report.sum.causes[0].count, 6, text);
    assert.match(report.sum.causes[0].first_message, /as many participants as it may have/);
    assert.match(text, /the server said: .*as many participants as it may have/);
    assert.equal(report.sum.mos.callers, 6, text);
    assert.ok(report.sum.mos.worst > 4.3, text);
    assert.ok(report.room_sums.every(({ up, failed }) => up === 2 && failed === 2), JSON.stringify(report.room_sums));
  }, { punctual: 50 });

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
