// Runs the same scenarios of tandem-load against Tandem and against Debian's Janus, in turns, and prints ratios.
// See README.md here. `make bench-peers` [F=part of a case's name] [ROUNDS=3] [DURATION=10]
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const OUT = join(ROOT, 'build/peers');
const ROUNDS = Number(process.env.ROUNDS || 3);
const DURATION_S = Number(process.env.DURATION || 10);
const FILTER = process.env.F || '';
const START_MS = 15000;
const LOSS_MAX = 0.01;

// What each server is told beyond the scenario: how it is to treat sound (Tandem), which plugin (Janus).
// `wanted`: the largest ratio Tandem : Janus that is good.
const CASES = [
  {
    name: 'pairs', title: '50 rooms of 2, sound', tandem: 'audio=forward', plugin: 'videoroom', wanted: 1 / 10,
    load: ['--rooms', '50', '--callers', '2', '--receive-audio', '1'],
  },
  {
    name: 'one-to-many', title: 'one speaker with camera to 100 viewers', tandem: 'audio=forward&video=forward', plugin: 'videoroom', wanted: 1 / 10,
    load: ['--rooms', '1', '--callers', '1', '--watchers', '100', '--video', '--receive-video', '1'],
  },
  {
    name: 'conference', title: 'a conference of 10, all with cameras', tandem: 'audio=forward&video=forward', plugin: 'videoroom', wanted: 1 / 10,
    load: ['--rooms', '1', '--callers', '10', '--video', '--receive-audio', '9', '--receive-video', '9'],
  },
  {
    name: 'mixed-10', title: '4 mixed rooms of 10, three speak', tandem: 'audio=mix', plugin: 'audiobridge', wanted: null,
    load: ['--rooms', '4', '--callers', '10', '--speakers', '3', '--all-at-once', '--receive-audio', '1'],
  },
  {
    name: 'mixed-50', title: 'a mixed room of 50, three speak', tandem: 'audio=mix', plugin: 'audiobridge', wanted: 1 / 50,
    load: ['--rooms', '1', '--callers', '50', '--speakers', '3', '--all-at-once', '--receive-audio', '1'],
  },
];
const MEMORY_WANTED = 1 / 4;

async function freePort() {
  const server = createServer();
  await new Promise((done, failed) => server.once('error', failed).listen(0, '127.0.0.1', done));
  const { port } = server.address();
  await new Promise((done) => server.close(done));
  return port;
}

async function answers(url, child) {
  for (const end = Date.now() + START_MS; Date.now() < end && child.exitCode === null; await sleep(100)) {
    const reply = await fetch(url).catch(() => null);
    if (reply?.ok) return;
  }
  throw new Error(`${url} does not answer`);
}

// A server that cannot have its ports is given others.
async function tries(count, start) {
  for (let left = count; ; left--) {
    try {
      return await start();
    } catch (error) {
      if (left === 1) throw error;
    }
  }
}

function run(command, args, options = {}) {
  const child = spawn(command, args, { cwd: ROOT, stdio: ['ignore', 'ignore', 'inherit'], ...options });
  child.ended = new Promise((done) => child.once('exit', done));
  return child;
}

async function stop(child) {
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 10000);
  await child.ended;
  clearTimeout(timer);
}

// A fresh server each time, so that memory is that of this case alone.
const servers = {
  async tandem(test) {
    const [http, media] = [await freePort(), 20000 + 16 * Math.floor(Math.random() * 500)]; // a port for each worker
    const child = run('build/tandem', ['--http', `127.0.0.1:${http}`, '--media-port', `${media}`, '--log-level', 'warn', '--joins-per-minute', '0']);
    const query = test.tandem ? `?${test.tandem}` : '';
    await answers(`http://127.0.0.1:${http}/readyz`, child);
    return { child, pid: child.pid, target: ['--url', `http://127.0.0.1:${http}/call/load-{room}${query}`] };
  },
  async janus(test, folder) {
    const http = await freePort();
    const pidFile = join(folder, 'janus.pid');
    const child = run('bench/peers/janus.sh', [`${http}`], { env: { ...process.env, JANUS_PID_FILE: pidFile } });
    const url = `http://127.0.0.1:${http}/janus`;
    await answers(`${url}/info`, child);
    return { child, pid: Number(await readFile(pidFile, 'utf8')), target: ['--janus', url, '--plugin', test.plugin] };
  },
};

async function measure(name, test) {
  const folder = await mkdtemp(join(tmpdir(), 'tandem-peers.'));
  const json = join(folder, 'report.json');
  let server;
  try {
    server = await tries(3, () => servers[name](test, folder));
    const load = run('build/tandem-load', [...server.target, ...test.load, '--agent', 'light', '--listen', '0', '--ramp', '25/s',
      '--duration', `${DURATION_S}s`, '--pid', `${server.pid}`, '--json', json, '--quiet']);
    const status = await load.ended;
    if (status > 1) throw new Error(`tandem-load ended with ${status}`);
    const { sum, cost, measured_s: seconds } = JSON.parse(await readFile(json, 'utf8'));
    return {
      us: sum.server_us_per_packet, p99: sum.delay?.p99_us ?? null, kb: sum.server_bytes_per_caller / 1000,
      cores: cost.server_cores, packets: sum.packets / seconds, lag: cost.own_lag.p99_us,
      bad: sum.failed > 0 ? `${sum.failed} of ${sum.callers} callers failed (${sum.causes.map(({ cause }) => cause).join(', ')})` : sum.loss_after > LOSS_MAX ? `${(sum.loss_after * 100).toFixed(1)} % lost` : null,
    };
  } finally {
    if (server) await stop(server.child);
    await rm(folder, { recursive: true, force: true });
  }
}

const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];
const digits = (value) => (value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toPrecision(2));

function spread(rows, key, scale = 1) {
  const list = rows.map((row) => row[key]).filter((value) => value !== null && Number.isFinite(value)).map((value) => value * scale);
  return list.length === 0 ? '-' : `${digits(median(list))} (${digits(Math.min(...list))}..${digits(Math.max(...list))})`;
}

// Of each round by itself: what disturbs the machine disturbs both.
function ratios(rounds, key) {
  return rounds.map(({ tandem, janus }) => ({ ratio: tandem[key] / janus[key] })).filter(({ ratio }) => Number.isFinite(ratio) && ratio > 0);
}

function verdict(list, wanted) {
  if (wanted === null || list.length === 0) return '';
  return median(list.map(({ ratio }) => ratio)) <= wanted ? ` good (at most 1/${Math.round(1 / wanted)})` : ` wanted 1/${Math.round(1 / wanted)}`;
}

function print(test, rounds) {
  const line = (name, us, p99, kb, more) => console.log(`  ${name.padEnd(8)}${us.padEnd(34)}${p99.padEnd(24)}${kb.padEnd(34)}${more}`);
  console.log(`\n${test.title}`);
  line('', 'CPU us a packet', 'p99 delay ms', 'kB a caller', 'packets a second');
  for (const name of ['tandem', 'janus']) {
    const rows = rounds.map((round) => round[name]);
    line(name, spread(rows, 'us'), spread(rows, 'p99', 0.001), spread(rows, 'kb'), spread(rows, 'packets'));
  }
  const [us, p99, kb] = ['us', 'p99', 'kb'].map((key) => ratios(rounds, key));
  line('ratio', spread(us, 'ratio') + verdict(us, test.wanted), spread(p99, 'ratio'), spread(kb, 'ratio') + verdict(kb, MEMORY_WANTED), '');
  for (const { tandem, janus } of rounds) {
    for (const [name, { bad }] of Object.entries({ tandem, janus })) if (bad) console.log(`  not to be trusted: ${name}: ${bad}`);
  }
}

const chosen = CASES.filter(({ name }) => name.includes(FILTER));
if (chosen.length === 0) {
  console.error(`no case matches '${FILTER}': ${CASES.map(({ name }) => name).join(', ')}`);
  process.exit(2);
}
await mkdir(OUT, { recursive: true });
console.log(`${ROUNDS} rounds of ${DURATION_S} s each, in turns; medians (lowest..highest). CPU is of the server's whole process, kernel included, over packets that callers received.`);
const results = {};
let failures = 0;
for (const test of chosen) {
  const rounds = [];
  for (let round = 0; round < ROUNDS; round++) {
    const order = round % 2 === 0 ? ['tandem', 'janus'] : ['janus', 'tandem'];
    try {
      const row = {};
      for (const name of order) row[name] = await measure(name, test);
      rounds.push(row);
    } catch (error) {
      failures++;
      console.error(`${test.name}: ${error.message}`);
    }
  }
  results[test.name] = rounds;
  if (rounds.length > 0) print(test, rounds);
}
await writeFile(join(OUT, 'results.json'), JSON.stringify(results, null, 1));
console.log(`\nall numbers: build/peers/results.json`);
process.exit(failures === 0 ? 0 : 1);
