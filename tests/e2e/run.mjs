// Runs the end-to-end tests against build/tandem. See README.md.
import { mkdir, readdir, rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { BROWSERS } from './lib/browser.mjs';
import { Bench } from './lib/bench.mjs';
import { stopAll } from './lib/process.mjs';
import { Skip, within } from './lib/wait.mjs';

const OUT = fileURLToPath(new URL('../../build/e2e/', import.meta.url));
const TIMEOUT_MS = 60000;

const { values: options } = parseArgs({
  options: {
    filter: { type: 'string', short: 'f', multiple: true, default: [] },
    browser: { type: 'string' },
    headed: { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
});

if (options.help) {
  console.log('node run.mjs [-f part of a test name]... [--browser chromium|firefox] [--headed] [--list]');
  process.exit(0);
}

const tests = [];
const suite = {
  browsers: BROWSERS,
  /**
   * `name` begins with its group; `uses` lists the browsers that it needs. `punctual`: the claim holds on a machine that
   * keeps time, which is one that is never later than so many ms: where it was, a failure is repeated, once.
   */
  test(name, uses, body, { timeout = TIMEOUT_MS, punctual = 0 } = {}) {
    tests.push({ name, uses, body, timeout, punctual });
  },
};

const cases = fileURLToPath(new URL('./cases/', import.meta.url));
for (const file of (await readdir(cases)).filter((name) => name.endsWith('.mjs')).sort()) {
  (await import(join(cases, file))).default(suite);
}

const chosen = tests.filter(
  ({ name, uses }) =>
    (options.filter.length === 0 || options.filter.some((part) => name.includes(part))) &&
    (!options.browser || uses.length === 0 || uses.every((browser) => browser === options.browser)),
);

if (options.list) {
  chosen.forEach(({ name }) => console.log(name));
  process.exit(0);
}

await rm(OUT, { recursive: true, force: true });
await mkdir(OUT, { recursive: true });

const bench = new Bench({ out: OUT, headed: options.headed });
let passed = 0;
let skipped = 0;
let repeated = 0;
const failed = [];
const began = Date.now();
process.on('exit', stopAll);
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => process.exit(1));
}
process.on('unhandledRejection', (error) => {
  console.error(`unhandled: ${error?.stack ?? error}`);
  process.exitCode = 1;
});

/** Runs a test once. @return its problem, or null, and how late this process was at worst */
async function attempt({ name, body, timeout }) {
  const run = bench.begin(name);
  let problem = null;
  bench.metronome.reset();
  try {
    await bench.ready();
    await within(timeout, 'the test', body(run));
  } catch (error) {
    problem = error;
  }
  const late = Math.round(bench.metronome.worst);
  if (problem && !(problem instanceof Skip)) {
    await run.picture('failed').catch(() => {});
  }
  try {
    await run.end();
  } catch (error) {
    problem ??= error;
  }
  const died = bench.relayDied();
  if (died) {
    return { problem: new Error(`the relay died (${died})${problem ? `; ${problem.message}` : ''}`), late: 0 }; // no excuse
  }
  return { problem, late };
}

const indented = (text) => String(text).replace(/\n/g, '\n       ');

for (const test of chosen) {
  const { name, punctual } = test;
  const start = Date.now();
  const took = () => `${((Date.now() - start) / 1000).toFixed(1)} s`;
  let { problem, late } = await attempt(test);
  if (punctual) {
    console.log(`       this machine was at most ${late} ms late`);
  }
  if (problem && !(problem instanceof Skip) && punctual && late > punctual) {
    repeated += 1;
    console.log(`late   ${name} (${took()})\n       ${indented(problem.message ?? problem)}`);
    console.log(`       REPEATED: the machine was ${late} ms late, and the claim holds for ${punctual} ms; a second failure counts`);
    ({ problem, late } = await attempt(test));
    console.log(`       this machine was at most ${late} ms late`);
  }
  if (problem instanceof Skip) {
    skipped += 1;
    console.log(`skip   ${name}: ${problem.message}`);
  } else if (problem) {
    failed.push(name);
    console.log(`FAILED ${name} (${took()})\n       ${indented(problem.message ?? problem)}`);
    if (!['Timeout', 'Error'].includes(problem.constructor?.name)) {
      console.log(String(problem.stack).split('\n').slice(1, 4).join('\n'));
    }
  } else {
    passed += 1;
    console.log(`ok     ${name} (${took()})`);
  }
}

try {
  await bench.close();
} catch (error) {
  failed.push('the end of the run');
  console.log(`FAILED the end of the run\n       ${String(error.message).replace(/\n/g, '\n       ')}`);
}
if (failed.length > 0) {
  console.log(`\nlogs and pictures: build/e2e/\nfailed:\n${failed.map((name) => `  ${name}`).join('\n')}`);
}
console.log(`\n${Math.round((Date.now() - began) / 1000)} s`);
console.log(`${passed} passed, ${failed.length} failed${skipped > 0 ? `, ${skipped} skipped` : ''}${repeated > 0 ? `, ${repeated} repeated (see "REPEATED")` : ''}`);
process.exit(failed.length > 0 || chosen.length === 0 ? 1 : 0);
