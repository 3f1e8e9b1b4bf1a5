import assert from 'node:assert/strict';
import { test } from 'node:test';
import { receivedLines, sentLines } from '../../relay/web/overlay_text.js';
import { readStreams, statsMessage, streamsBetween } from '../../relay/web/rtp_stats.js';

const report = (...stats) => new Map(stats.map((each) => [each.id, each]));

function moment(at) {
    return report(
        { id: 'P', type: 'candidate-pair', nominated: true, currentRoundTripTime: 0.024 },
        { id: 'C', type: 'codec', mimeType: 'video/VP8' },
        { id: 'V', type: 'inbound-rtp', kind: 'video', mid: '1', codecId: 'C', frameWidth: 640, frameHeight: 360, framesPerSecond: 29, bytesReceived: 50_000 * at, headerBytesReceived: 0,
            packetsReceived: 99 * at, packetsLost: at, framesDecoded: 30 * at, freezeCount: at, totalFreezesDuration: 0.3 * at, jitterBufferDelay: 1.5 * at, jitterBufferEmittedCount: 30 * at },
        { id: 'A', type: 'inbound-rtp', kind: 'audio', trackIdentifier: 'voice', bytesReceived: 4000 * at, packetsReceived: 50 * at, packetsLost: 0,
            jitterBufferDelay: 0.06 * 960 * at, jitterBufferEmittedCount: 960 * at, totalSamplesReceived: 48_000 * at, concealedSamples: 480 * at, silentConcealedSamples: 0 },
        { id: 'Q', type: 'outbound-rtp', kind: 'video', rid: 'q', mid: '1', frameWidth: 160, bytesSent: 10_000 * at, packetsSent: 20 * at },
        { id: 'F', type: 'outbound-rtp', kind: 'video', rid: 'f', mid: '1', frameWidth: 640, frameHeight: 360, framesPerSecond: 30, bytesSent: 100, packetsSent: 7, active: false },
        { id: 'R', type: 'remote-inbound-rtp', localId: 'Q', packetsLost: 2 * at },
    );
}

const MIDS = new Map([['voice', '0']]);
const between = () => streamsBetween(readStreams(moment(1), 1000, MIDS), readStreams(moment(2), 2000, MIDS));

test('measures what arrives on each m-line', () => {
    const { inbound, rttMs } = between();
    assert.equal(rttMs, 24);
    const video = inbound.get('1');
    assert.deepEqual([video.kbps, video.loss, video.bufferMs, video.fps, video.codec], [400, 0.01, 50, 29, 'VP8']);
    const audio = inbound.get('0');
    assert.deepEqual([audio.kbps, audio.concealed, Math.round(audio.bufferMs)], [32, 0.01, 60]);
});

test('measures what leaves in each layer', () => {
    const { outbound } = between();
    assert.deepEqual(outbound.map(({ rid, kbps, sending, loss }) => [rid, kbps, sending, loss]), [['q', 80, true, 0.1], ['f', 0, false, 0]]);
});

test('a stream that began anew counts from nothing', () => {
    const { inbound } = streamsBetween(readStreams(moment(5), 1000, MIDS), readStreams(moment(1), 2000, MIDS));
    assert.equal(inbound.get('1').kbps, 0);
    assert.equal(inbound.get('1').loss, 0);
});

test('tells the relay how our ears and eyes fare', () => {
    assert.deepEqual(statsMessage(between()), { type: 'stats', jitter_buffer_ms: 60, concealed_samples: 480, total_samples: 48_000, freezes: 1, freeze_ms: 300 });
    assert.deepEqual(statsMessage({ inbound: new Map() }), { type: 'stats', jitter_buffer_ms: 0, concealed_samples: 0, total_samples: 0, freezes: 0, freeze_ms: 0 });
});

test('the numbers of somebody else', () => {
    const { inbound, rttMs } = between();
    const slot = { paused: null, layer: { width: 1280, height: 720 } };
    const lines = receivedLines({ video: inbound.get('1'), audio: inbound.get('0'), slot, view: { width: 600, height: 338 }, rttMs });
    assert.equal(lines[0], '640×360@29 of 1280×720');
    assert.ok(lines.includes('asked 600×338'));
    assert.ok(lines.includes('400 kbit/s VP8'));
    assert.ok(lines.includes('loss 1.0 % · rtt 24 ms'));
    assert.ok(lines.includes('buffer 50 ms · 2 freezes'));
    assert.ok(lines.at(-1).startsWith('voice 32 kbit/s'));
});

test('the numbers say why there is no picture', () => {
    assert.equal(receivedLines({ slot: { paused: 'network' } })[0], 'paused by network');
    assert.equal(receivedLines({})[0], 'no picture');
});

test('what is mixed and composed says so', () => {
    const video = { width: 1280, height: 720, fps: 25, kbps: 900, codec: 'VP8', loss: 0, bufferMs: 40, freezes: 0 };
    const audio = { codec: 'opus', kbps: 48, loss: 0, bufferMs: 40, concealed: 0, samples: 100 };
    const lines = receivedLines({ video, audio, mixed: true, slot: { feed: 'grid', paused: null, layer: { width: 1280, height: 720 } } });
    assert.equal(lines[0], '1280×720@25 composed');
    assert.equal(lines.at(-1), 'mixed 48 kbit/s opus');
});

test('the numbers of what oneself sends', () => {
    const lines = sentLines({ layers: between().outbound, rttMs: 24, unwanted: ['f'] });
    assert.equal(lines[0], 'f off, nobody looks');
    assert.match(lines[1], /^q .*80 kbit\/s/);
});
