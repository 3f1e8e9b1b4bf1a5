import assert from 'node:assert/strict';
import { test } from 'node:test';
import { backoffMs } from '../../relay/web/backoff.js';

test('doubles up to the cap', () => {
    const waits = [0, 1, 2, 3, 4, 5, 6, 100].map((tries) => backoffMs(tries, { random: () => 1 }));
    assert.deepEqual(waits, [500, 1000, 2000, 4000, 8000, 15000, 15000, 15000]);
});

test('spreads over the upper half', () => {
    assert.equal(backoffMs(2, { random: () => 0 }), 1000);
    assert.equal(backoffMs(2, { random: () => 0.5 }), 1500);
});
