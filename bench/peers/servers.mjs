// Servers for one measurement each, in a fresh process, so that memory is that of this case alone.
import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));
export const PROGRAMS = {
  tandem: process.env.TANDEM || 'build/tandem',
  load: process.env.TANDEM_LOAD || 'build/tandem-load',
  janus: process.env.JANUS_SCRIPT || 'bench/peers/janus.sh',
};
const START_MS = 15000;

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
export function run(command, args, options = {}) {
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

export async function stop(child) {
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

// As `make run` has them, but for addresses, a limit that keeps strangers from joining fast, and what is logged.
async function startTandem(test) {
  const [http, media] = [await freePort(), 20000 + 16 * Math.floor(Math.random() * 500)]; // a port for each worker
  const child = run(PROGRAMS.tandem, ['--http', `127.0.0.1:${http}`, '--media-port', `${media}`, '--log-level', 'warn', '--joins-per-minute', '0']);
  const query = test.tandem ? `?${test.tandem}` : '';
  await orStop(child, () => answers(`http://127.0.0.1:${http}/readyz`, child));
  return { child, pid: child.pid, target: ['--url', `http://127.0.0.1:${http}/call/{room}${query}`] };
}

async function startJanus(test, folder) {
  const http = await freePort();
  const pidFile = join(folder, 'janus.pid');
  const log = join(folder, 'janus.log');
  const child = run(PROGRAMS.janus, [`${http}`], { env: { ...process.env, JANUS_PID_FILE: pidFile, JANUS_LOG: log } });
  const url = `http://127.0.0.1:${http}/janus`;
  const pid = await orStop(child, async () => {
    await answers(`${url}/info`, child);
    return Number(await readFile(pidFile, 'utf8'));
  });
  return { child, pid, log, target: ['--janus', url, '--plugin', test.plugin] };
}

export const startServer = (name, test, folder) => tries(3, () => (name === 'tandem' ? startTandem : startJanus)(test, folder));
