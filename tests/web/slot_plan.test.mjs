import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MOST_VIDEO_SLOTS, videoSlots } from '../../relay/web/slot_plan.js';

test('small screens and slow processors get fewer slots', () => {
    assert.equal(videoSlots({ width: 360, height: 740, cores: 2 }), 6);
    assert.equal(videoSlots({ width: 740, height: 360, cores: 8 }), 9);
    assert.equal(videoSlots({ width: 800, height: 1280 }), 12);
    assert.equal(videoSlots({ width: 1920, height: 1080 }), 16);
    assert.equal(videoSlots({ width: 3840, height: 2160 }), 16);
});

test('what the address asks for is given, within bounds', () => {
    assert.equal(videoSlots({ asked: 1, width: 1920, height: 1080 }), 1);
    assert.equal(videoSlots({ asked: 25, width: 360, height: 740 }), 25);
    assert.equal(videoSlots({ asked: 1000, width: 1920, height: 1080 }), MOST_VIDEO_SLOTS);
});
