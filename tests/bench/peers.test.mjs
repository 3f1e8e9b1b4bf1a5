// bench/peers: what its table says, and how it ends, with made-up servers and a made-up tandem-load.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { counts, fault, judge, median, ratios, spread } from '../../bench/peers/verdict.mjs';

const RUN = fileURLToPath(new URL('../../bench/peers/run.mjs', import.meta.url));
const CASE = { title: 'a case', wanted: 1 / 10 };
const row = (us, kb, bad = null) => ({ us, kb, p99: 1000, packets: 100, bad });
const round = (tandem, janus) => ({ tandem, janus });

test('a tester that was late explains the rest', () => {
  const failed = { failed: 2, callers: 9, causes: [{ cause: 'dropped', first_message: '' }, { cause: 'http-timeout', first_message: 'no answer' }], packets: 5, loss_after: 0 };
  assert.match(fault(failed, { own_late: true }), /late, 2 of 9/);
  assert.equal(fault(failed, { own_late: false }), '2 of 9 callers failed (dropped, http-timeout: no answer)');
  assert.equal(fault({ failed: 0, packets: 0 }, {}), 'no packet came');
  assert.match(fault({ failed: 0, packets: 9, loss_after: 0.02 }, {}), /2.0 % lost/);
  assert.equal(fault({ failed: 0, packets: 9, loss_after: 0.001 }, { own_late: false }), null);
});

test('numbers are medians with their extremes', () => {
  assert.equal(median([3, 1, 2]), 2);
  assert.equal(spread([0.1234, 12.34, 123.4]), '12.3 (0.12..123)');
  assert.equal(spread([null, NaN]), '-');
});

test('ratios are of each round by itself', () => {
  assert.deepEqual(ratios([round(row(1, 1), row(10, 1)), round(row(2, 1), row(10, 1)), round(row(2, 1), row(0, 1))], 'us'), [0.1, 0.2]);
});

test('a case is good, missed, or without verdict', () => {
  assert.equal(judge(CASE, [round(row(1, 20), row(10, 100))]).missed, false);
  assert.equal(judge(CASE, [round(row(2, 20), row(10, 100))]).missed, true); // CPU
  assert.equal(judge(CASE, [round(row(1, 30), row(10, 100))]).missed, true); // memory
  assert.equal(judge({ ...CASE, wanted: null }, [round(row(9, 20), row(10, 100))]).missed, false);
  assert.equal(judge(CASE, []).missed, true);
});

test('a round with a fault is shown and does not count', () => {
  const bad = round(row(99, 99), row(1, 1, '3 of 9 callers failed'));
  const { lines, missed } = judge(CASE, [round(row(1, 20), row(10, 100)), bad]);
  assert.equal(missed, false);
  assert.ok(lines.some((line) => line.includes('round 2 does not count: janus: 3 of 9')));
  assert.ok(lines.some((line) => line.includes('1 of 2 rounds count')));
  assert.equal(counts(bad), false);
  assert.equal(counts({ tandem: row(1, 1) }), false);
});

// Servers that only answer, and a tandem-load that writes what it is told to.
let folder;
const SERVER = `#!/usr/bin/env node
const { createServer } = require('node:http');
const at = process.argv.indexOf('--http');
const port = Number(at > 0 ? process.argv[at + 1].split(':')[1] : process.argv[2]);
if (process.env.JANUS_PID_FILE && at < 0) require('node:fs').writeFileSync(process.env.JANUS_PID_FILE, String(process.pid));
if (process.env.JANUS_LOG && at < 0) require('node:fs').writeFileSync(process.env.JANUS_LOG, 'what Janus said');
createServer((request, response) => response.end('{}')).listen(port, '127.0.0.1');
`;
const LOAD = `#!/usr/bin/env node
const name = process.argv.includes('--janus') ? 'janus' : 'tandem';
const plan = JSON.parse(process.env.PLAN)[name];
const json = process.argv[process.argv.indexOf('--json') + 1];
if (process.argv.includes('--json')) require('node:fs').writeFileSync(json, JSON.stringify({
  measured_s: 1,
  sum: { callers: 2, failed: plan.failed ?? 0, causes: plan.failed ? [{ cause: 'dropped', first_message: '' }] : [], packets: 100, loss_after: 0,
    server_us_per_packet: plan.us, server_bytes_per_caller: plan.kb * 1000, delay: { p99_us: 100 } },
  cost: { own_late: false, server_cores: 0.1 },
}));
process.exit(plan.status ?? 0);
`;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tandem-peers-test.'));
  await Promise.all([['server', SERVER], ['load', LOAD]].map(([name, text]) => writeFile(join(folder, name), text, { mode: 0o755 })));
});
after(() => rm(folder, { recursive: true, force: true }));

function bench(plan, env = {}) {
  const [server, load] = ['server', 'load'].map((name) => join(folder, name));
  const child = spawn(process.execPath, [RUN], {
    env: { ...process.env, TANDEM: server, JANUS_SCRIPT: server, TANDEM_LOAD: load, PEERS_OUT: join(folder, 'out'), PLAN: JSON.stringify(plan), F: 'pairs', ROUNDS: '1', JOIN: '0', ...env },
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (text += data));
  return new Promise((done) => child.once('close', (status) => done({ status, text })));
}

const GOOD = { tandem: { us: 1, kb: 20 }, janus: { us: 10, kb: 100 } };

test('all that was wanted is status 0', async () => {
  const { status, text } = await bench(GOOD);
  assert.equal(status, 0, text);
  assert.match(text, /pairs 1\/1 tandem: 1.00 us a packet, 20 kB a caller/);
  assert.match(text, /0.10 \(0.10..0.10\) good, wanted 1\/10/);
});

test('a ratio that is missed is status 1', async () => {
  const { status, text } = await bench({ ...GOOD, tandem: { us: 3, kb: 20 } });
  assert.equal(status, 1, text);
  assert.match(text, /MISSED, wanted 1\/10/);
  assert.match(text, /not reached, or no verdict: pairs/);
});

test('callers who fail leave no verdict, and the log of the server', async () => {
  const { status, text } = await bench({ ...GOOD, janus: { us: 10, kb: 100, failed: 2 } });
  assert.equal(status, 1, text);
  assert.match(text, /2 of 2 callers failed \(dropped\)/);
  assert.equal(await readFile(join(folder, 'out/pairs-1-janus.log'), 'utf8'), 'what Janus said');
});

test('a tester that cannot run is status 1', async () => {
  const { status, text } = await bench({ ...GOOD, tandem: { status: 2, us: 1, kb: 1 } });
  assert.equal(status, 1, text);
  assert.match(text, /round 1: tandem-load: status 2/);
});

test('what nobody knows is status 2', async () => {
  assert.equal((await bench(GOOD, { F: 'nonsense' })).status, 2);
  assert.equal((await bench(GOOD, { ROUNDS: 'x' })).status, 2);
});

test('rounds of earlier runs are joined, but of the same programs only', async () => {
  assert.equal((await bench({ ...GOOD, tandem: { us: 3, kb: 20 } })).status, 1);
  const joined = await bench(GOOD, { JOIN: '1', ROUNDS: '2' });
  assert.equal(joined.status, 0, joined.text);
  assert.match(joined.text, /3 of 3 rounds count/);
  assert.match((await bench(GOOD, { JOIN: '1', ROUNDS: '0' })).text, /3 of 3 rounds count/);
  const other = await bench(GOOD, { JOIN: '1', DURATION: '5' });
  assert.match(other.text, /are not joined/);
  assert.match(other.text, /1 of 1 rounds count/);
});
