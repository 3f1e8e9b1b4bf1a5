import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mosWord, readQuality } from '../../relay/web/call_quality.js';

test('words for scores', () => {
    assert.deepEqual([4.4, 4.1, 3.7, 3.2, 1].map(mosWord), ['excellent', 'good', 'fair', 'poor', 'bad']);
    assert.equal(mosWord(undefined), null);
});

test('takes the worse direction, and numbers that stand at the top', () => {
    assert.equal(readQuality({ type: 'quality', mos: 4.2, available_bps: 1_500_000 }).availableKbps, 1500);
    assert.deepEqual(readQuality({ type: 'quality', receive: { mos: 4.2 }, send: { mos: 3.1 } }).grade, 1);
});

test('a message that says nothing is none', () => {
    assert.equal(readQuality({ type: 'quality' }), null);
    assert.equal(readQuality({ type: 'quality', mos: null }), null);
});
