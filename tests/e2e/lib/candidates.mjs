// What the gateway does to answers: shows the client some of the relay's candidates only, or others in their place.

const words = (line) => line.slice('a=candidate:'.length).split(' ');

/** {transport, address, port} of an `a=candidate` line. */
export function candidateOf(line) {
  const [, , transport, , address, port] = words(line);
  return { transport: transport.toLowerCase(), address, port: Number(port) };
}

export const candidatesIn = (sdp) =>
  sdp.split(/\r?\n/).filter((line) => line.startsWith('a=candidate:')).map(candidateOf);

/** Keeps the candidates for which `wanted({transport, address, port})` is true. */
export const keepCandidates = (wanted) => (sdp) =>
  sdp
    .split('\r\n')
    .filter((line) => !line.startsWith('a=candidate:') || wanted(candidateOf(line)))
    .join('\r\n');

/** One UDP candidate in the place of all, also as the default address in c= and m=. */
export function onlyCandidate(sdp, address, port) {
  const family = address.includes(':') ? 'IP6' : 'IP4';
  const sections = sdp.split(/(?=^m=)/m).map((section) => {
    const had = section.includes('a=candidate:');
    const lines = section
      .split('\r\n')
      .filter((line) => !line.startsWith('a=candidate:') && !line.startsWith('a=rtcp:'))
      .map((line) => line.replace(/^c=IN .*/, `c=IN ${family} ${address}`))
      .map((line) => line.replace(/^(m=\w+) [1-9]\d* /, `$1 ${port} `));
    if (had) {
      lines.splice(lines.length - 1, 0, `a=candidate:1 1 udp 2130706431 ${address} ${port} typ host`);
    }
    return lines.join('\r\n');
  });
  return sections.join('');
}
