// Runs the same scenarios of tandem-load against Tandem and against Debian's Janus, in turns, and prints ratios.
// See bench/README.md. `make bench-peers` [F=part of a case's name] [ROUNDS=3] [DURATION=10]
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
  for (const end = Date.now() + START_MS; Date.now() < end && !child.gone; await sleep(100)) {
    const reply = await fetch(url, { signal: AbortSignal.timeout(START_MS) }).catch(() => null);
    if (reply?.ok) return;
  }
  throw new Error(child.gone ? `${child.spawnfile} ended at once (${child.gone})` : `${url} does not answer`);
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

// `gone`: why it is no longer there, or never was; `ended` settles then, with the exit status or null.
function run(command, args, options = {}) {
  const child = spawn(command, args, { cwd: ROOT, stdio: ['ignore', 'ignore', 'inherit'], ...options });
  child.gone = null;
  child.ended = new Promise((done) => {
    const end = (why, status) => {
      child.gone ??= why;
      done(status);
    };
    child.once('error', (error) => end(error.message, null));
    child.once('exit', (status, signal) => end(signal ?? `status ${status}`, status));
  });
  return child;
}

async function stop(child) {
  if (child.gone) return;
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 10000);
  await child.ended;
  clearTimeout(timer);
}

// A child that does not get as far as `use` is taken along.
async function orStop(child, use) {
  try {
    return await use();
  } catch (error) {
    await stop(child);
    throw error;
  }
}

// A fresh server each time, so that memory is that of this case alone.
const servers = {
  async tandem(test) {
    const [http, media] = [await freePort(), 20000 + 16 * Math.floor(Math.random() * 500)]; // a port for each worker
    const child = run('build/tandem', ['--http', `127.0.0.1:${http}`, '--media-port', `${media}`, '--log-level', 'warn', '--joins-per-minute', '0']);
    const query = test.tandem ? `?${test.tandem}` : '';
    await orStop(child, () => answers(`http://127.0.0.1:${http}/readyz`, child));
    return { child, pid: child.pid, target: ['--url', `http://127.0.0.1:${http}/call/load-{room}${query}`] };
  },
  async janus(test, folder) {
    const http = await freePort();
    const pidFile = join(folder, 'janus.pid');
    const child = run('bench/peers/janus.sh', [`${http}`], { env: { ...process.env, JANUS_PID_FILE: pidFile } });
    const url = `http://127.0.0.1:${http}/janus`;
    const pid = await orStop(child, async () => {
      await answers(`${url}/info`, child);
      return Number(await readFile(pidFile, 'utf8'));
    });
    return { child, pid, target: ['--janus', url, '--plugin', test.plugin] };
  },
};

// Why a measurement does not count, or null.
function fault(sum, cost) {
  if (sum.failed > 0) return `${sum.failed} of ${sum.callers} callers failed (${sum.causes.map(({ cause }) => cause).join(', ')})`;
  if (sum.packets === 0) return 'no packet came';
  if (sum.loss_after > LOSS_MAX) return `${(sum.loss_after * 100).toFixed(1)} % lost`;
  return cost.own_late ? 'tandem-load was late' : null;
}

async function measure(name, test) {
  const folder = await mkdtemp(join(tmpdir(), 'tandem-peers.'));
  const json = join(folder, 'report.json');
  let server;
  try {
    server = await tries(3, () => servers[name](test, folder));
    const load = run('build/tandem-load', [...server.target, ...test.load, '--agent', 'light', '--listen', '0', '--ramp', '25/s',
      '--duration', `${DURATION_S}s`, '--pid', `${server.pid}`, '--json', json, '--quiet']);
    const status = await load.ended;
    if (status === null || status > 1) throw new Error(`tandem-load: ${load.gone}`);
    const { sum, cost, measured_s: seconds } = JSON.parse(await readFile(json, 'utf8'));
    return {
      us: sum.server_us_per_packet, p99: sum.delay?.p99_us ?? null, kb: sum.server_bytes_per_caller / 1000,
      cores: cost.server_cores, packets: sum.packets / seconds, lag: cost.own_lag?.p99_us ?? null, bad: fault(sum, cost),
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

// `missed`: a ratio was wanted, and was not reached or cannot be told.
function verdict(list, wanted) {
  if (wanted === null) return { text: '', missed: false };
  if (list.length === 0) return { text: ' no verdict', missed: true };
  const missed = median(list.map(({ ratio }) => ratio)) > wanted;
  return { text: missed ? ` wanted 1/${Math.round(1 / wanted)}` : ` good (at most 1/${Math.round(1 / wanted)})`, missed };
}

// Rounds in which either was at fault are shown, and do not count. Returns whether all that was wanted was reached.
function print(test, rounds) {
  const line = (name, us, p99, kb, more) => console.log(`  ${name.padEnd(8)}${us.padEnd(44)}${p99.padEnd(24)}${kb.padEnd(44)}${more}`);
  const sound = rounds.filter(({ tandem, janus }) => !tandem.bad && !janus.bad);
  console.log(`\n${test.title}`);
  line('', 'CPU us a packet', 'p99 delay ms', 'kB a caller', 'packets a second');
  for (const name of ['tandem', 'janus']) {
    const rows = sound.map((round) => round[name]);
    line(name, spread(rows, 'us'), spread(rows, 'p99', 0.001), spread(rows, 'kb'), spread(rows, 'packets'));
  }
  const [us, p99, kb] = ['us', 'p99', 'kb'].map((key) => ratios(sound, key));
  const [cpu, memory] = [verdict(us, test.wanted), verdict(kb, MEMORY_WANTED)];
  line('ratio', spread(us, 'ratio') + cpu.text, spread(p99, 'ratio'), spread(kb, 'ratio') + memory.text, '');
  rounds.forEach(({ tandem, janus }, i) => {
    for (const [name, { bad }] of Object.entries({ tandem, janus })) if (bad) console.log(`  round ${i + 1} does not count: ${name}: ${bad}`);
  });
  return !cpu.missed && !memory.missed;
}

const chosen = CASES.filter(({ name }) => name.includes(FILTER));
if (chosen.length === 0) {
  console.error(`no case matches '${FILTER}': ${CASES.map(({ name }) => name).join(', ')}`);
  process.exit(2);
}
await mkdir(OUT, { recursive: true });
console.log(`${ROUNDS} rounds of ${DURATION_S} s each, in turns; medians (lowest..highest). CPU is of the server's whole process, kernel included, over packets that callers received.`);
const results = {};
const missed = [];
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
      console.error(`${test.name}: round ${round + 1}: ${error.message}`);
    }
  }
  results[test.name] = rounds;
  if (!print(test, rounds)) missed.push(test.name);
}
await writeFile(join(OUT, 'results.json'), JSON.stringify(results, null, 1));
console.log(`\nall numbers: build/peers/results.json`);
if (missed.length > 0) console.log(`not reached, or no verdict: ${missed.join(', ')}`);
process.exit(missed.length + failures === 0 ? 0 : 1);
