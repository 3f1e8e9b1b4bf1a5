import assert from 'node:assert/strict';
import { test } from 'node:test';
import { between, formatLoss, formatRate, formatRtt, gradeOf, readCounters } from '../../relay/web/stats.js';

const report = (...stats) => new Map(stats.map((each) => [each.id, each]));

const CHROMIUM = report(
    { id: 'T', type: 'transport', selectedCandidatePairId: 'P2' },
    { id: 'P1', type: 'candidate-pair', nominated: true, state: 'succeeded', currentRoundTripTime: 9, localCandidateId: 'L1' },
    { id: 'P2', type: 'candidate-pair', nominated: true, state: 'succeeded', currentRoundTripTime: 0.025, localCandidateId: 'L2' },
    { id: 'L1', type: 'local-candidate', protocol: 'tcp', candidateType: 'host' },
    { id: 'L2', type: 'local-candidate', protocol: 'udp', candidateType: 'host' },
    { id: 'I1', type: 'inbound-rtp', kind: 'video', bytesReceived: 1000, headerBytesReceived: 100, packetsReceived: 10, packetsLost: 1, framesDecoded: 5 },
    { id: 'I2', type: 'inbound-rtp', kind: 'audio', bytesReceived: 500, packetsReceived: 20, packetsLost: 0 },
    { id: 'O1', type: 'outbound-rtp', kind: 'video', bytesSent: 2000, packetsSent: 30, frameHeight: 360, framesPerSecond: 30 },
    { id: 'O2', type: 'outbound-rtp', kind: 'video', bytesSent: 2000, packetsSent: 30, frameHeight: 720, framesPerSecond: 0 },
    { id: 'R1', type: 'remote-inbound-rtp', kind: 'video', packetsLost: 3, roundTripTime: 0.5 },
);

test('reads the selected pair and adds the streams up', () => {
    const got = readCounters(CHROMIUM, 7);
    assert.equal(got.rttMs, 25);
    assert.equal(got.bytesIn, 1600);
    assert.equal(got.bytesOut, 4000);
    assert.equal(got.packetsIn, 30);
    assert.equal(got.lostOut, 3);
    assert.equal(got.framesDecoded, 5);
    assert.equal(got.sentHeight, 360);
    assert.equal(got.protocol, 'udp');
});

test('finds the pair where the transport does not name it (Firefox)', () => {
    const got = readCounters(report({ id: 'P', type: 'candidate-pair', selected: true, localCandidateId: 'L', currentRoundTripTime: 0.01 },
        { id: 'L', type: 'local-candidate', protocol: 'tcp', candidateType: 'relay' }), 0);
    assert.equal(got.rttMs, 10);
    assert.equal(got.protocol, 'tcp');
    assert.ok(got.relayed);
});

test('an empty report is no harm', () => {
    const got = readCounters(new Map(), 0);
    assert.ok(Number.isNaN(got.rttMs));
    assert.equal(got.sentHeight, 0);
    const summary = between(got, { ...got, nowMs: 2000 });
    assert.equal(summary.inKbps, 0);
    assert.equal(summary.lossIn, 0);
    assert.equal(summary.grade, 3);
});

test('rates and losses between two moments', () => {
    const before = readCounters(CHROMIUM, 0);
    const after = { ...before, nowMs: 2000, bytesIn: before.bytesIn + 250000, packetsIn: before.packetsIn + 90, lostIn: before.lostIn + 10, packetsOut: before.packetsOut + 100, lostOut: before.lostOut + 1 };
    const summary = between(before, after);
    assert.equal(summary.inKbps, 1000);
    assert.equal(summary.lossIn, 0.1);
    assert.equal(summary.lossOut, 0.01);
    assert.equal(summary.grade, 1);
});

test('counters that run backwards (duplicates, a restart) give no negative numbers', () => {
    const before = readCounters(CHROMIUM, 0);
    const summary = between(before, { ...before, nowMs: 1000, bytesIn: 0, packetsIn: 0, lostIn: 0, packetsOut: 0, lostOut: 0 });
    assert.equal(summary.inKbps, 0);
    assert.equal(summary.lossIn, 0);
    assert.equal(summary.lossOut, 0);
});

test('grades', () => {
    assert.equal(gradeOf({ rttMs: 40, lossIn: 0, lossOut: 0 }), 3);
    assert.equal(gradeOf({ rttMs: 300, lossIn: 0, lossOut: 0 }), 2);
    assert.equal(gradeOf({ rttMs: 40, lossIn: 0, lossOut: 0.03 }), 2);
    assert.equal(gradeOf({ rttMs: 40, lossIn: 0.2, lossOut: 0 }), 1);
    assert.equal(gradeOf({ rttMs: NaN, lossIn: 0, lossOut: 0 }), 3);
});

test('words', () => {
    assert.equal(formatRate(512.4), '512 kbit/s');
    assert.equal(formatRate(1640), '1.6 Mbit/s');
    assert.equal(formatLoss(0), '0 %');
    assert.equal(formatLoss(0.0123), '1.2 %');
    assert.equal(formatLoss(0.25), '25 %');
    assert.equal(formatRtt(24.6), '25 ms');
    assert.equal(formatRtt(NaN), '–');
});
