// Child processes: started here, ended here, by their own id and no other way.
import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { sleep } from './wait.mjs';

const running = new Set();

/**
 * Starts a program. Its output goes to `log` (a path) when given, and line by line to `onLine`.
 * The returned object has `exited` (null until it has ended) and `stop()`.
 */
export function start(command, args, { log, onLine, env, cwd } = {}) {
  const child = spawn(command, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const file = log ? createWriteStream(log, { flags: 'a' }) : null;
  const self = { child, pid: child.pid, exited: null, tail: [] };
  running.add(self);
  self.ended = new Promise((resolve) => {
    child.once('error', (error) => {
      self.exited = { error };
      running.delete(self);
      resolve(self.exited);
    });
    child.once('exit', (code, signal) => {
      self.exited = { code, signal };
      running.delete(self);
      resolve(self.exited);
    });
  });
  for (const stream of [child.stdout, child.stderr]) {
    let rest = '';
    stream.setEncoding('utf8');
    stream.on('data', (text) => {
      file?.write(text);
      const lines = (rest + text).split('\n');
      rest = lines.pop();
      for (const line of lines) {
        self.tail.push(line);
        if (self.tail.length > 40) {
          self.tail.shift();
        }
        onLine?.(line);
      }
    });
  }
  self.stop = async (signal = 'SIGTERM', grace = 3000) => {
    if (self.exited) {
      return;
    }
    child.kill(signal);
    await Promise.race([self.ended, sleep(grace)]);
    if (!self.exited) {
      child.kill('SIGKILL');
      await self.ended;
    }
  };
  return self;
}

/** Ends whatever is still running; for the way out of the harness. */
export function stopAll() {
  for (const self of running) {
    self.child.kill('SIGKILL');
  }
}
