import assert from 'node:assert/strict';
import { test } from 'node:test';
import { arrange, duet, grid, LANDSCAPE, spotlight } from '../../relay/web/layout.js';

const BOXES = [[1920, 1000], [1280, 660], [900, 900], [360, 560], [844, 300], [3840, 2000]];

function inside(place, width, height) {
    return place.x >= -1 && place.y >= -1 && place.x + place.w <= width + 1 && place.y + place.h <= height + 1;
}

function apart(a, b) {
    return a.x + a.w <= b.x || b.x + b.w <= a.x || a.y + a.h <= b.y || b.y + b.h <= a.y;
}

test('tiles stay inside and never overlap', () => {
    for (const [width, height] of BOXES) {
        for (let n = 1; n <= 30; n++) {
            for (const places of [grid(n, { width, height, gap: 8 }), spotlight(n, n - 1, { width, height, gap: 8 })]) {
                assert.equal(places.length, n);
                places.forEach((place, at) => {
                    assert.ok(inside(place, width, height), `${n} in ${width}x${height}: ${JSON.stringify(place)}`);
                    places.slice(at + 1).forEach((other) => assert.ok(apart(place, other), `${n} in ${width}x${height}`));
                });
            }
        }
    }
});

test('tiles are 16:9 in wide windows', () => {
    for (const { w, h } of grid(5, { width: 1280, height: 700, gap: 8 })) {
        assert.ok(Math.abs(w / h - 16 / 9) < 0.02);
    }
});

test('no other number of columns gives larger tiles', () => {
    const [width, height, gap] = [1280, 660, 8];
    for (let n = 1; n <= 16; n++) {
        const { w } = grid(n, { width, height, gap, ratios: LANDSCAPE })[0];
        for (let cols = 1; cols <= n; cols++) {
            const rows = Math.ceil(n / cols);
            const other = Math.min((width - gap * (cols - 1)) / cols, (height - gap * (rows - 1)) / rows * 16 / 9);
            assert.ok(w >= Math.floor(other) - 1, `${n} tiles, ${cols} columns`);
        }
    }
});

test('known shapes', () => {
    const columns = (n, width, height) => new Set(grid(n, { width, height, gap: 8 }).map(({ x }) => x)).size;
    assert.equal(columns(4, 1280, 720), 2);
    assert.equal(columns(9, 1280, 720), 3);
    assert.equal(columns(3, 360, 640), 1);
});

test('the last row is centred', () => {
    const places = grid(3, { width: 1280, height: 720, gap: 8 });
    assert.ok(Math.abs(places[2].x + places[2].w / 2 - 640) <= 1);
});

test('phones held upright get taller tiles', () => {
    const [{ w, h }] = grid(2, { width: 360, height: 640, gap: 8 });
    assert.ok(w * h > 360 * 360 * 9 / 16 * 1.3);
});

test('a pair: the other one large, oneself in the corner', () => {
    const [main, small] = duet({ width: 1280, height: 700, gap: 8 });
    assert.ok(main.w * main.h > 8 * small.w * small.h);
    assert.ok(inside(small, 1280, 700) && !apart(main, small));
    assert.deepEqual(arrange(2, { width: 1280, height: 700, gap: 8, self: 1 }), [main, small]);
    assert.deepEqual(arrange(2, { width: 1280, height: 700, gap: 8, self: 0 }), [small, main]);
});

test('the pinned tile is the largest', () => {
    for (const [width, height] of BOXES) {
        const places = arrange(6, { width, height, gap: 8, self: 5, focus: 2 });
        const areas = places.map(({ w, h }) => w * h);
        assert.equal(areas.indexOf(Math.max(...areas)), 2, `${width}x${height}`);
    }
});

test('nothing breaks without room', () => {
    assert.equal(grid(4, { width: 0, height: 0, gap: 8 }).length, 4);
    assert.deepEqual(grid(0, { width: 100, height: 100, gap: 8 }), []);
});
