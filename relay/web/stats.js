// getStats() boiled down to what a person wants to know.

function selectedPair(stats) {
    const transport = stats.find(({ type, selectedCandidatePairId }) => type === 'transport' && selectedCandidatePairId);
    const pairs = stats.filter(({ type }) => type === 'candidate-pair');
    return pairs.find(({ id }) => id === transport?.selectedCandidatePairId)
        ?? pairs.find(({ selected }) => selected)
        ?? pairs.find(({ nominated, state }) => nominated && state === 'succeeded')
        ?? null;
}

function sum(list, key) {
    return list.reduce((total, each) => total + (each[key] ?? 0), 0);
}

/** Counters of one moment, from an RTCStatsReport (or any map of stats objects). */
export function readCounters(report, nowMs) {
    const stats = [...report.values()];
    const pair = selectedPair(stats);
    const local = stats.find(({ id }) => id === pair?.localCandidateId);
    const inbound = stats.filter(({ type }) => type === 'inbound-rtp');
    const outbound = stats.filter(({ type }) => type === 'outbound-rtp');
    const remote = stats.filter(({ type }) => type === 'remote-inbound-rtp');
    const video = inbound.filter(({ kind }) => kind === 'video');
    return {
        nowMs,
        rttMs: pair?.currentRoundTripTime === undefined
            ? (remote.find(({ roundTripTime }) => roundTripTime > 0)?.roundTripTime ?? NaN) * 1000
            : pair.currentRoundTripTime * 1000,
        bytesIn: sum(inbound, 'bytesReceived') + sum(inbound, 'headerBytesReceived'),
        bytesOut: sum(outbound, 'bytesSent') + sum(outbound, 'headerBytesSent'),
        packetsIn: sum(inbound, 'packetsReceived'),
        lostIn: sum(inbound, 'packetsLost'),
        packetsOut: sum(outbound, 'packetsSent'),
        lostOut: sum(remote, 'packetsLost'),
        framesDecoded: sum(video, 'framesDecoded'),
        sentHeight: Math.max(0, ...outbound.filter(({ kind }) => kind === 'video').map(({ frameHeight, framesPerSecond }) => (framesPerSecond === 0 ? 0 : frameHeight ?? 0))),
        protocol: local?.relayProtocol ?? local?.protocol ?? null,
        relayed: local?.candidateType === 'relay',
    };
}

function share(lost, received) {
    const whole = Math.max(0, lost) + Math.max(0, received);
    return whole === 0 ? 0 : Math.max(0, lost) / whole;
}

/** What happened between two moments: rates in kbit/s, losses as shares 0..1, and a grade. */
export function between(before, after) {
    const seconds = (after.nowMs - before.nowMs) / 1000;
    const rate = (key) => (seconds > 0 ? Math.max(0, after[key] - before[key]) * 8 / 1000 / seconds : 0);
    const lossIn = share(after.lostIn - before.lostIn, after.packetsIn - before.packetsIn);
    const sent = Math.max(0, after.packetsOut - before.packetsOut);
    const lossOut = sent === 0 ? 0 : Math.min(1, Math.max(0, after.lostOut - before.lostOut) / sent);
    const summary = {
        rttMs: after.rttMs,
        lossIn,
        lossOut,
        inKbps: rate('bytesIn'),
        outKbps: rate('bytesOut'),
        sentHeight: after.sentHeight,
        protocol: after.protocol,
        relayed: after.relayed,
    };
    return { ...summary, grade: gradeOf(summary) };
}

/** 3 good, 2 fair, 1 poor. Interactive speech suffers from about 300 ms of round trip and 5 % of loss on. */
export function gradeOf({ rttMs, lossIn, lossOut }) {
    const loss = Math.max(lossIn, lossOut);
    if (loss > 0.08 || rttMs > 500) {
        return 1;
    }
    return loss > 0.02 || rttMs > 250 ? 2 : 3;
}

export function formatRate(kbps) {
    return kbps >= 1000 ? `${(kbps / 1000).toFixed(1)} Mbit/s` : `${Math.round(kbps)} kbit/s`;
}

export function formatLoss(share) {
    const percent = share * 100;
    return percent > 0 && percent < 10 ? `${percent.toFixed(1)} %` : `${Math.round(percent)} %`;
}

export function formatRtt(ms) {
    return Number.isFinite(ms) ? `${Math.round(ms)} ms` : '–';
}
