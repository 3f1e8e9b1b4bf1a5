// The few SDP lines that the page reads and writes itself: ICE restart fragments (RFC 8840, RFC 9725 4.4.2), repeats of
// sound, and what a picture shows.

function linesOf(sdp) {
    return sdp.split(/\r\n|\n/).filter((line) => line !== '');
}

function valueOf(lines, prefix) {
    const line = lines.find((each) => each.startsWith(prefix));
    return line === undefined ? null : line.slice(prefix.length);
}

/**
 * Writes the sdpfrag of an ICE restart from a full offer made with `iceRestart`. Only the offerer-tagged section goes
 * in (RFC 8840 4.4): its mid, credentials and whatever candidates are known. Returns null when the offer has none.
 */
export function restartFragment(offer) {
    const lines = linesOf(offer);
    const first = lines.findIndex((line) => line.startsWith('m='));
    if (first < 0) {
        return null;
    }
    let end = lines.findIndex((line, at) => at > first && line.startsWith('m='));
    end = end < 0 ? lines.length : end;
    const session = lines.slice(0, first);
    const section = lines.slice(first, end);
    const ufrag = valueOf(section, 'a=ice-ufrag:') ?? valueOf(session, 'a=ice-ufrag:');
    const pwd = valueOf(section, 'a=ice-pwd:') ?? valueOf(session, 'a=ice-pwd:');
    const mid = valueOf(section, 'a=mid:');
    if (ufrag === null || pwd === null) {
        return null;
    }
    const group = session.find((line) => line.startsWith('a=group:BUNDLE'));
    const kind = section[0].slice(2).split(' ')[0];
    return [
        ...(group ? [group] : []),
        `m=${kind} 9 UDP/TLS/RTP/SAVPF 0`,
        ...(mid === null ? [] : [`a=mid:${mid}`]),
        `a=ice-ufrag:${ufrag}`,
        `a=ice-pwd:${pwd}`,
        ...section.filter((line) => line.startsWith('a=candidate:')),
        '',
    ].join('\r\n');
}

/** Reads the relay's answer to a restart: {ufrag, pwd, candidates}, or null when the credentials are missing. */
export function readFragment(text) {
    const lines = linesOf(text);
    const ufrag = valueOf(lines, 'a=ice-ufrag:');
    const pwd = valueOf(lines, 'a=ice-pwd:');
    if (ufrag === null || pwd === null) {
        return null;
    }
    return { ufrag, pwd, candidates: lines.filter((line) => line.startsWith('a=candidate:')) };
}

/**
 * The answer that stands after a restart: the old one with new credentials, and with new candidates in the first
 * section that had any, if the fragment brought some.
 */
export function restartedAnswer(answer, { ufrag, pwd, candidates }) {
    const out = [];
    let placed = false;
    for (const line of linesOf(answer)) {
        if (line.startsWith('a=ice-ufrag:')) {
            out.push(`a=ice-ufrag:${ufrag}`);
        } else if (line.startsWith('a=ice-pwd:')) {
            out.push(`a=ice-pwd:${pwd}`);
        } else if (candidates.length > 0 && line.startsWith('a=candidate:')) {
            if (!placed) {
                out.push(...candidates);
                placed = true;
            }
        } else {
            out.push(line);
        }
    }
    return `${out.join('\r\n')}\r\n`;
}

/** Sections of an SDP text: the session's lines first, then one list of lines per m-line. */
function sectionsOf(sdp) {
    const sections = [[]];
    for (const line of linesOf(sdp)) {
        if (line.startsWith('m=')) {
            sections.push([]);
        }
        sections.at(-1).push(line);
    }
    return sections;
}

function textOf(sections) {
    return `${sections.flat().join('\r\n')}\r\n`;
}

/** Offers Generic NACK for Opus (RFC 4585): over short ways a repeat beats any other repair, but no browser asks for it. */
export function withAudioNack(sdp) {
    return textOf(sectionsOf(sdp).map((lines) => {
        const opus = lines[0]?.startsWith('m=audio') ? /^a=rtpmap:(\d+) opus\//i.exec(lines.find((line) => /^a=rtpmap:\d+ opus\//i.test(line)) ?? '') : null;
        if (opus === null || lines.includes(`a=rtcp-fb:${opus[1]} nack`)) {
            return lines;
        }
        const at = lines.findIndex((line) => line.startsWith(`a=rtpmap:${opus[1]} `));
        return lines.toSpliced(at + 1, 0, `a=rtcp-fb:${opus[1]} nack`);
    }));
}

/** Says of one m-line that it shows a screen (RFC 4796). Only the relay reads this, so it is added to what is sent. */
export function withSlides(sdp, mid) {
    return textOf(sectionsOf(sdp).map((lines) => {
        const at = lines.indexOf(`a=mid:${mid}`);
        return at < 0 ? lines : lines.toSpliced(at + 1, 0, 'a=content:slides');
    }));
}

/** TURN servers from a Link header (RFC 9725 4.6), in the form that RTCPeerConnection takes. */
export function readIceServers(link) {
    const servers = [];
    for (const [, target, rest] of (link ?? '').matchAll(/<([^>]+)>([^<]*)/g)) {
        const attributes = {};
        for (const [, key, quoted, plain] of rest.matchAll(/;\s*([\w-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;,\s]+))/g)) {
            attributes[key.toLowerCase()] = quoted === undefined ? plain : quoted.replace(/\\(.)/g, '$1');
        }
        if (attributes.rel === 'ice-server' && /^(stun|turns?):/.test(target)) {
            servers.push(attributes.username === undefined
                ? { urls: target }
                : { urls: target, username: attributes.username, credential: attributes.credential ?? '' });
        }
    }
    return servers;
}
