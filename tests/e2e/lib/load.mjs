// tandem-load, run as people run it.
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { start } from './process.mjs';

export const TANDEM_LOAD = process.env.TANDEM_LOAD ?? fileURLToPath(new URL('../../../build/tandem-load', import.meta.url));

/** Runs it to its end. `report` is the JSON report, or null when there is none; `text` what it wrote. */
export async function runLoad(t, args, { html } = {}) {
  const json = t.log('report').replace(/\.log$/, `-${Math.random().toString(36).slice(2, 8)}.json`);
  const lines = [];
  const program = start(TANDEM_LOAD, [...args, '--json', json, ...(html ? ['--html', html] : [])], {
    log: t.log('tandem-load'),
    onLine: (line) => lines.push(line),
  });
  t.after(() => program.stop());
  await program.ended;
  const report = await readFile(json, 'utf8').then(JSON.parse).catch(() => null);
  return { status: program.exited.code, report, text: lines.join('\n') };
}
