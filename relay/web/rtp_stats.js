// getStats() of the streams, one by one: what arrives on each m-line and what leaves in each layer. Numbers only.

/** From the smallest layer to the largest (encodings.js). */
const RIDS = ['q', 'h', 'f'];

function codecOf(stats, id) {
    return stats.get(id)?.mimeType?.split('/')[1] ?? null;
}

/**
 * Counters of one moment.
 *
 * @param report  an RTCStatsReport, or any Map of stats objects
 * @param midsOf  Map of track id to mid, for browsers whose inbound-rtp has no mid
 * @return {nowMs, rttMs, inbound: Map of mid to counters, outbound: [counters, low to high]}
 */
export function readStreams(report, nowMs, midsOf = new Map()) {
    const inbound = new Map();
    const outbound = [];
    let rttMs = NaN;
    const lost = new Map();
    for (const stat of report.values()) {
        if (stat.type === 'candidate-pair' && stat.nominated && stat.currentRoundTripTime !== undefined) {
            rttMs = stat.currentRoundTripTime * 1000;
        } else if (stat.type === 'remote-inbound-rtp') {
            lost.set(stat.localId, stat);
        }
    }
    for (const stat of report.values()) {
        if (stat.type === 'inbound-rtp') {
            const mid = stat.mid ?? midsOf.get(stat.trackIdentifier);
            if (mid !== undefined) {
                inbound.set(mid, {
                    kind: stat.kind,
                    codec: codecOf(report, stat.codecId),
                    width: stat.frameWidth ?? 0,
                    height: stat.frameHeight ?? 0,
                    fps: stat.framesPerSecond ?? null,
                    bytes: (stat.bytesReceived ?? 0) + (stat.headerBytesReceived ?? 0),
                    packets: stat.packetsReceived ?? 0,
                    lost: stat.packetsLost ?? 0,
                    frames: stat.framesDecoded ?? 0,
                    freezes: stat.freezeCount ?? 0,
                    frozenS: stat.totalFreezesDuration ?? 0,
                    bufferS: stat.jitterBufferDelay ?? 0,
                    emitted: stat.jitterBufferEmittedCount ?? 0,
                    samples: stat.totalSamplesReceived ?? 0,
                    concealed: Math.max(0, (stat.concealedSamples ?? 0) - (stat.silentConcealedSamples ?? 0)),
                });
            }
        } else if (stat.type === 'outbound-rtp') {
            outbound.push({
                id: stat.id,
                kind: stat.kind,
                mid: stat.mid ?? null,
                rid: stat.rid ?? '',
                active: stat.active ?? true,
                codec: codecOf(report, stat.codecId),
                width: stat.frameWidth ?? 0,
                height: stat.frameHeight ?? 0,
                fps: stat.framesPerSecond ?? 0,
                bytes: (stat.bytesSent ?? 0) + (stat.headerBytesSent ?? 0),
                packets: stat.packetsSent ?? 0,
                lost: lost.get(stat.id)?.packetsLost ?? 0,
                limited: stat.qualityLimitationReason ?? 'none',
            });
        }
    }
    outbound.sort((a, b) => RIDS.indexOf(a.rid) - RIDS.indexOf(b.rid));
    return { nowMs, rttMs, inbound, outbound };
}

function share(part, whole) {
    return whole > 0 ? Math.min(1, Math.max(0, part) / whole) : 0;
}

/** One arriving stream between two moments. `before` may be undefined: the stream is new. */
function inboundBetween(before, after, seconds) {
    const from = before !== undefined && before.bytes <= after.bytes ? before : { ...after };
    const grown = (key) => Math.max(0, after[key] - from[key]);
    const { kind, codec, width, height } = after;
    return {
        kind,
        codec,
        width,
        height,
        fps: after.fps ?? (seconds > 0 ? Math.round(grown('frames') / seconds) : 0),
        kbps: seconds > 0 ? grown('bytes') * 8 / 1000 / seconds : 0,
        loss: share(after.lost - from.lost, grown('packets') + Math.max(0, after.lost - from.lost)),
        bufferMs: grown('emitted') > 0 ? grown('bufferS') / grown('emitted') * 1000 : null,
        freezes: after.freezes,
        frozenMs: grown('frozenS') * 1000,
        concealed: share(grown('concealed'), grown('samples')),
        concealedSamples: grown('concealed'),
        samples: grown('samples'),
        newFreezes: grown('freezes'),
    };
}

/** One layer that is sent, between two moments. */
function outboundBetween(before, after, seconds) {
    const from = before ?? after;
    const sent = Math.max(0, after.packets - from.packets);
    return {
        rid: after.rid,
        kind: after.kind,
        mid: after.mid,
        codec: after.codec,
        width: after.width,
        height: after.height,
        fps: Math.round(after.fps),
        kbps: seconds > 0 ? Math.max(0, after.bytes - from.bytes) * 8 / 1000 / seconds : 0,
        loss: share(after.lost - from.lost, sent),
        sending: sent > 0,
        limited: after.limited,
    };
}

/** Everything between two moments of readStreams(). */
export function streamsBetween(before, after) {
    const seconds = (after.nowMs - before.nowMs) / 1000;
    const inbound = new Map();
    for (const [mid, counters] of after.inbound) {
        inbound.set(mid, inboundBetween(before.inbound.get(mid), counters, seconds));
    }
    const outbound = after.outbound.map((each) => outboundBetween(before.outbound.find(({ id }) => id === each.id), each, seconds));
    return { rttMs: after.rttMs, inbound, outbound };
}

/** The `stats` message to the relay: the client's own view of what it hears and sees, over some seconds. */
export function statsMessage({ inbound }) {
    const audio = [...inbound].filter(([, { kind, samples }]) => kind === 'audio' && samples > 0);
    const video = [...inbound].filter(([, { kind, kbps }]) => kind === 'video' && kbps > 0);
    const worst = (list, key) => list.reduce((most, [, each]) => Math.max(most, each[key] ?? 0), 0);
    const total = (list, key) => list.reduce((sum, [, each]) => sum + each[key], 0);
    return {
        type: 'stats',
        jitter_buffer_ms: Math.round(worst(audio, 'bufferMs')),
        concealed_samples: total(audio, 'concealedSamples'),
        total_samples: total(audio, 'samples'),
        freezes: total(video, 'newFreezes'),
        freeze_ms: Math.round(total(video, 'frozenMs')),
    };
}
