// What measured rounds say: which of them count, ratios of those, and whether what was wanted was reached. No I/O.
const LOSS_MAX = 0.01;
export const MEMORY_WANTED = 1 / 4;
const SERVERS = ['tandem', 'janus'];

// What is kept of a report of tandem-load (--json).
export function summary({ sum, cost, measured_s: seconds }) {
  return {
    us: sum.server_us_per_packet, p99: sum.delay?.p99_us ?? null, kb: sum.server_bytes_per_caller / 1000,
    cores: cost.server_cores, packets: sum.packets / seconds, lag: cost.own_lag?.p99_us ?? null, bad: fault(sum, cost),
  };
}

// Why a measurement does not count, or null. A tester that was held up explains the rest, so that comes first.
export function fault(sum, cost) {
  if (cost.own_late) return `tandem-load was late${sum.failed > 0 ? `, ${sum.failed} of ${sum.callers} callers failed` : ''}`;
  if (sum.failed > 0) {
    const causes = sum.causes.map(({ cause, first_message: words }) => cause + (words ? `: ${words}` : ''));
    return `${sum.failed} of ${sum.callers} callers failed (${causes.join(', ')})`;
  }
  if (!(sum.packets > 0)) return 'no packet came';
  return sum.loss_after > LOSS_MAX ? `${(sum.loss_after * 100).toFixed(1)} % lost` : null;
}

export const counts = (round) => SERVERS.every((name) => round[name] && !round[name].bad);

export const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];
const digits = (value) => (value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toPrecision(2));

export function spread(list) {
  const known = list.filter((value) => value !== null && Number.isFinite(value));
  return known.length === 0 ? '-' : `${digits(median(known))} (${digits(Math.min(...known))}..${digits(Math.max(...known))})`;
}

// Of each round by itself: what disturbs the machine disturbs both.
export function ratios(rounds, key) {
  return rounds.map(({ tandem, janus }) => tandem[key] / janus[key]).filter((ratio) => Number.isFinite(ratio) && ratio > 0);
}

// `missed`: a ratio was wanted (null: none is), and was not reached or cannot be told.
export function verdict(list, wanted) {
  if (wanted === null) return { text: '', missed: false };
  if (list.length === 0) return { text: ' no verdict', missed: true };
  const missed = median(list) > wanted;
  return { text: `${missed ? ' MISSED, wanted' : ' good, wanted'} 1/${Math.round(1 / wanted)}`, missed };
}

// The table of a case. Rounds in which either was at fault are shown, and do not count.
export function judge(test, rounds) {
  const good = rounds.filter(counts);
  const of = (name, key, scale = 1) => spread(good.map((round) => (round[name][key] === null ? null : round[name][key] * scale)));
  const line = (name, us, p99, kb, more) => `  ${name.padEnd(8)}${us.padEnd(40)}${p99.padEnd(24)}${kb.padEnd(38)}${more}`;
  const lines = [test.title, line('', 'CPU us a packet', 'p99 delay ms', 'kB a caller', 'packets a second')];
  for (const name of SERVERS) lines.push(line(name, of(name, 'us'), of(name, 'p99', 0.001), of(name, 'kb'), of(name, 'packets')));
  const [us, p99, kb] = ['us', 'p99', 'kb'].map((key) => ratios(good, key));
  const [cpu, memory] = [verdict(us, test.wanted), verdict(kb, MEMORY_WANTED)];
  lines.push(line('ratio', spread(us) + cpu.text, spread(p99), spread(kb) + memory.text, `${good.length} of ${rounds.length} rounds count`));
  rounds.forEach((round, i) => {
    for (const name of SERVERS) if (round[name]?.bad) lines.push(`  round ${i + 1} does not count: ${name}: ${round[name].bad}`);
  });
  return { lines, missed: cpu.missed || memory.missed };
}
