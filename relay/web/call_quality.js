// The relay's `quality` event (API.md 2) in words and bars.

const WORDS = [[4.3, 'excellent'], [4.0, 'good'], [3.6, 'fair'], [3.1, 'poor'], [0, 'bad']];

/** "good" and so on for a mean opinion score; null without one. */
export function mosWord(mos) {
    return Number.isFinite(mos) ? WORDS.find(([least]) => mos >= least)[1] : null;
}

/**
 * What the relay measures, or null when the message says nothing that we know.
 *
 * @param message {type: 'quality', mos, r, loss, rtt_ms, jitter_ms, available_bps, ...}; each may miss, or stand in a
 *                part for each direction (`receive`, `send`)
 * @return {mos, word, grade 1..3 or 0, availableKbps or NaN}
 */
export function readQuality(message) {
    const parts = [message, message.receive, message.send, message.down, message.up].filter((part) => part !== null && typeof part === 'object');
    const numbers = (key) => parts.map((part) => part[key]).filter(Number.isFinite);
    const mos = numbers('mos').length > 0 ? Math.min(...numbers('mos')) : NaN;
    const [bps] = numbers('available_bps');
    if (!Number.isFinite(mos) && bps === undefined) {
        return null;
    }
    const grade = !Number.isFinite(mos) ? 0 : mos >= 4.0 ? 3 : mos >= 3.4 ? 2 : 1;
    return { mos, word: mosWord(mos), grade, availableKbps: bps === undefined ? NaN : bps / 1000 };
}
