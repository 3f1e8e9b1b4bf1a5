import assert from 'node:assert/strict';
import { test } from 'node:test';
import { activeLayers, cameraLayers, fitEncodings, rateFor, screenLayers, wantedOf } from '../../relay/web/encodings.js';

const scales = (width, height) => cameraLayers(width, height).filter(({ possible }) => possible).map(({ scaleResolutionDownBy }) => scaleResolutionDownBy);

test('the largest layer that a browser sends is always the whole picture', () => {
    assert.deepEqual(scales(1280, 720), [4, 2, 1]);
    assert.deepEqual(scales(720, 1280), [4, 2, 1]);
    assert.deepEqual(scales(960, 540), [4, 2, 1]);
    assert.deepEqual(scales(640, 360), [2, 1]);
    assert.deepEqual(scales(640, 480), [2, 1]);
    assert.deepEqual(scales(320, 240), [1]);
});

test('rates of 720p are the usual ones', () => {
    assert.deepEqual(cameraLayers(1280, 720).map(({ rid, maxBitrate }) => [rid, maxBitrate]), [['q', 150_000], ['h', 500_000], ['f', 2_200_000]]);
    assert.ok(rateFor(1) >= 60_000);
    assert.equal(rateFor(4096 * 4096), 3_500_000);
    for (let pixels = 10_000; pixels < 4_000_000; pixels += 10_000) {
        assert.ok(rateFor(pixels) <= rateFor(pixels + 10_000));
    }
});

test('everything is on until the relay says otherwise', () => {
    assert.deepEqual(activeLayers(cameraLayers(1280, 720), []), [true, true, true]);
    assert.deepEqual(activeLayers(cameraLayers(640, 360), []), [true, true, false]);
});

test('only what is wanted is on, and the lowest with it', () => {
    const layers = cameraLayers(1280, 720);
    assert.deepEqual(activeLayers(layers, [false, false, true]), [true, false, true]);
    assert.deepEqual(activeLayers(layers, [false, true, false]), [true, true, false]);
    assert.deepEqual(activeLayers(layers, [true, false, false]), [true, false, false]);
    assert.deepEqual(activeLayers(layers, [false, false, false]), [false, false, false]);
});

test('a layer that the picture is too small for is served by the one below', () => {
    assert.deepEqual(activeLayers(cameraLayers(640, 360), [false, false, true]), [true, true, false]);
    assert.deepEqual(activeLayers(cameraLayers(320, 180), [false, false, true]), [true, false, false]);
});

test('encodings are changed only where they differ', () => {
    const encodings = [{ rid: 'q', active: true }, { rid: 'h', active: true }, { rid: 'f', active: true }];
    const layers = cameraLayers(1280, 720);
    assert.equal(fitEncodings(encodings, layers, [true, true, false]), true);
    assert.deepEqual(encodings.map(({ active }) => active), [true, true, false]);
    assert.deepEqual(encodings.map(({ scaleResolutionDownBy }) => scaleResolutionDownBy), [4, 2, 1]);
    assert.equal(fitEncodings(encodings, layers, [true, true, false]), false);
});

test('encodings in another order are found by their names', () => {
    const encodings = [{ rid: 'f', active: true }, { rid: 'h', active: true }, { rid: 'q', active: true }];
    fitEncodings(encodings, cameraLayers(1280, 720), [true, false, false]);
    assert.deepEqual(encodings.map(({ rid, active, scaleResolutionDownBy }) => [rid, active, scaleResolutionDownBy]), [['f', false, 1], ['h', false, 2], ['q', true, 4]]);
});

test('a browser without simulcast sends the whole picture', () => {
    const encodings = [{ active: true }];
    fitEncodings(encodings, cameraLayers(1280, 720), [true, undefined, undefined]);
    assert.deepEqual(encodings, [{ active: true, scaleResolutionDownBy: 1, maxBitrate: 2_200_000 }]);
    fitEncodings(encodings, cameraLayers(1280, 720), [false, false, false]);
    assert.equal(encodings[0].active, false);
});

test('the screen has few frames and a sharp top layer', () => {
    const layers = screenLayers();
    assert.equal(layers.at(-1).scaleResolutionDownBy, 1);
    assert.ok(layers.every(({ maxFramerate }) => maxFramerate <= 15));
});

test('what the relay wants is told by rid, or by number where there are no rids', () => {
    const layers = cameraLayers(1280, 720);
    assert.deepEqual(wantedOf(layers, [{ rid: 'f', index: 2, wanted: false }, { rid: 'q', index: 0, wanted: true }]), [true, undefined, false]);
    assert.deepEqual(wantedOf(layers, [{ rid: '', index: 0, wanted: false }]), [false, undefined, undefined]);
});
