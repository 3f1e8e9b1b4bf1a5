// Runs the same scenarios of tandem-load against Tandem and against Debian's Janus, in turns, and prints ratios.
// See bench/README.md. `make bench-peers` [F=part of a case's name] [ROUNDS=3] [DURATION=8] [JOIN=1]
import { createHash } from 'node:crypto';
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { CASES, FIRST_CALL } from './cases.mjs';
import { PROGRAMS, ROOT, run, startServer, stop } from './servers.mjs';
import { counts, judge, summary } from './verdict.mjs';

const OUT = process.env.PEERS_OUT || join(ROOT, 'build/peers');
const ROUNDS = Number(process.env.ROUNDS || 3);
const DURATION_S = Number(process.env.DURATION || 8);
const FILTER = process.env.F || '';
const JOIN = (process.env.JOIN || '0') !== '0';
const RESULTS = join(OUT, 'results.json');

async function call(args) {
  const load = run(PROGRAMS.load, [...args, '--agent', 'light', '--listen', '0', '--quiet']);
  const status = await load.ended;
  if (status === null || status > 1) throw new Error(`tandem-load: ${load.gone}`);
}

// `label` names what is kept when callers failed: the server's own words.
async function measure(name, test, label) {
  const folder = await mkdtemp(join(tmpdir(), 'tandem-peers.'));
  const json = join(folder, 'report.json');
  let server;
  try {
    server = await startServer(name, test, folder);
    await call([...server.target, ...FIRST_CALL]);
    await call([...server.target, ...test.load, '--ramp', '25/s', '--duration', `${DURATION_S}s`, '--pid', `${server.pid}`, '--json', json]);
    const found = summary(JSON.parse(await readFile(json, 'utf8')));
    if (found.bad && server.log) {
      const kept = join(OUT, `${label}.log`);
      if (await copyFile(server.log, kept).then(() => true, () => false)) found.bad += `; its log: ${kept}`;
    }
    return found;
  } finally {
    if (server) await stop(server.child);
    await rm(folder, { recursive: true, force: true });
  }
}

// What results depend on: rounds of other programs or of another length are not put together.
async function fingerprint() {
  const hash = createHash('sha256').update(`${DURATION_S}`);
  for (const program of [PROGRAMS.tandem, PROGRAMS.load]) hash.update(await readFile(join(program.startsWith('/') ? '' : ROOT, program)));
  return hash.digest('hex').slice(0, 16);
}

// Rounds of earlier runs, with JOIN=1.
async function earlier(made) {
  const old = JOIN ? JSON.parse(await readFile(RESULTS, 'utf8').catch(() => 'null')) : null;
  if (!old) return {};
  if (old.made === made) return old.rounds;
  console.log('earlier rounds are of other programs or another duration: they are not joined');
  return {};
}

async function measureRounds(test, rounds, at) {
  let failures = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const order = rounds.length % 2 === 0 ? ['tandem', 'janus'] : ['janus', 'tandem'];
    const row = {};
    try {
      for (const name of order) {
        row[name] = await measure(name, test, `${test.name}-${rounds.length + 1}-${name}`);
        const { us, kb, p99, bad } = row[name];
        console.log(`${at()} ${test.name} ${round + 1}/${ROUNDS} ${name}: ` + (bad || `${us.toFixed(2)} us a packet, ${kb.toFixed(0)} kB a caller, p99 ${p99 ?? '-'} us`));
      }
      rounds.push(row);
    } catch (error) {
      failures++;
      console.error(`${test.name}: round ${round + 1}: ${error.message}`);
    }
  }
  return failures;
}

const chosen = CASES.filter(({ name }) => name.includes(FILTER));
if (chosen.length === 0) {
  console.error(`no case matches '${FILTER}': ${CASES.map(({ name }) => name).join(', ')}`);
  process.exit(2);
}
if (!Number.isInteger(ROUNDS) || ROUNDS < 0 || !(DURATION_S >= 1)) {
  console.error('ROUNDS is a whole number from 0, DURATION seconds from 1');
  process.exit(2);
}
await mkdir(OUT, { recursive: true });
const began = Date.now();
const at = () => `[${Math.round((Date.now() - began) / 1000)} s]`;
const made = await fingerprint();
const rounds = await earlier(made);
console.log(`${chosen.length} cases, ${ROUNDS} rounds of ${DURATION_S} s each, in turns: about ${Math.ceil((chosen.length * ROUNDS * 2 * (DURATION_S + 10)) / 60)} min.`);
const missed = [];
let failures = 0;
for (const test of chosen) {
  failures += await measureRounds(test, (rounds[test.name] ??= []), at);
  await writeFile(RESULTS, JSON.stringify({ made, rounds }, null, 1)); // what is done is kept if the rest is not
}
console.log('\nMedians (lowest..highest). CPU is of the server\'s whole process, kernel included, over packets that callers received.');
for (const test of chosen) {
  const { lines, missed: short } = judge(test, rounds[test.name]);
  console.log(`\n${lines.join('\n')}`);
  if (short) missed.push(test.name);
}
const left = chosen.reduce((sum, { name }) => sum + rounds[name].filter((round) => !counts(round)).length, 0);
console.log(`\n${at()} all numbers: ${RESULTS}${left > 0 ? `; ${left} rounds do not count` : ''}`);
if (missed.length > 0) console.log(`not reached, or no verdict: ${missed.join(', ')}`);
process.exit(missed.length + failures === 0 ? 0 : 1);
