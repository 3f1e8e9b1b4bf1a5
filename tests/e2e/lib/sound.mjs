// A sound card that is not there: without an output device Firefox never starts an AudioContext, so the tests run a
// PulseAudio of their own with a null sink and point the browsers to it.
import { mkdtemp, rm } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { start } from './process.mjs';
import { until } from './wait.mjs';

/** Returns {env, close()}: the environment for programs that shall find the sound card. */
export async function startSound({ log } = {}) {
  const home = await mkdtemp(join(tmpdir(), 'tandem-pulse-'));
  const socket = join(home, 'native');
  const daemon = start(
    'pulseaudio',
    [
      '-n',
      '--daemonize=no',
      '--exit-idle-time=-1',
      '--use-pid-file=no',
      '--disable-shm=yes',
      '--realtime=no',
      '-L',
      'module-null-sink',
      '-L',
      `module-native-protocol-unix socket=${socket} auth-anonymous=1`,
    ],
    { log, env: { HOME: home, XDG_RUNTIME_DIR: home, PULSE_RUNTIME_PATH: home, PULSE_STATE_PATH: home } },
  );
  await until('PulseAudio listens', () => existsSync(socket) || daemon.exited, { timeout: 10000 });
  if (daemon.exited) {
    throw new Error(`PulseAudio ended: ${daemon.tail.join('\n')}`);
  }
  return {
    env: { PULSE_SERVER: `unix:${socket}` },
    close: async () => {
      await daemon.stop();
      await rm(home, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
