import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chooseFocus, exchange, sceneOf, wishesOf } from '../../relay/web/scene.js';

const other = (id, fields = {}) => ({ id, owner: id, self: false, screen: false, videoOn: true, mid: null, track: 'v', ...fields });
const me = { id: 'me', owner: 'me', self: true, screen: false, videoOn: true, mid: null };
const room = (count) => [...Array.from({ length: count }, (_, at) => other(`p${at}`, { mid: String(at) })), me];
const screenOf = (id) => other(`${id}/s`, { owner: id, screen: true, mid: 's', track: 's' });
const BOX = { width: 1248, height: 660, gap: 10 };

function scene(models, more = {}) {
    return sceneOf({ models, order: [], page: 0, focus: null, slots: 16, led: new Map(), shown: new Set(), dominant: null, box: BOX, ...more });
}

const ids = ({ places }) => places.map(({ id }) => id);

test('two people: the other one large, oneself floating', () => {
    const { places, pages } = scene(room(1));
    assert.equal(pages, 1);
    assert.deepEqual(places.map(({ id, floating }) => [id, floating]), [['p0', false], ['me', true]]);
});

test('as many as there are slots share one page', () => {
    assert.equal(scene(room(15)).pages, 1);
    assert.equal(ids(scene(room(15))).length, 16);
});

test('more people make pages, and oneself is at the end of each', () => {
    const models = room(40);
    const seen = new Set();
    const first = scene(models);
    assert.equal(first.pages, Math.ceil(40 / 15));
    for (let page = 0; page < first.pages; page++) {
        const now = scene(models, { page, order: first.order });
        assert.equal(ids(now).at(-1), 'me');
        assert.ok(ids(now).length <= 16);
        ids(now).slice(0, -1).forEach((id) => seen.add(id));
        assert.equal(now.places[0].w, first.places[0].w, 'tiles have one size on all pages');
    }
    assert.equal(seen.size, 40);
});

test('a page that is gone is the last one', () => {
    assert.equal(scene(room(20), { page: 9 }).page, 1);
});

test('the large one is on every page, and not in the strip', () => {
    const models = room(20);
    for (const page of [0, 1, 2]) {
        const now = scene(models, { page, focus: 'p3' });
        assert.equal(ids(now)[0], 'p3');
        assert.equal(ids(now).filter((id) => id === 'p3').length, 1);
        assert.ok(now.places[0].large);
        const [large, ...rest] = now.places.map(({ w, h }) => w * h);
        assert.ok(rest.every((area) => area < large));
    }
});

test('screens come first, before people', () => {
    assert.deepEqual(ids(scene([screenOf('p1'), ...room(2)])), ['p1/s', 'p0', 'p1', 'me']);
});

test('who is large: pinned, then a screen, then the speaker, then anybody', () => {
    const models = [screenOf('p1'), ...room(3)];
    assert.equal(chooseFocus(models, { mode: 'gallery' }), null);
    assert.equal(chooseFocus(models, { mode: 'gallery', staged: 'p1/s' }), 'p1/s');
    assert.equal(chooseFocus(models, { mode: 'gallery', staged: 'p1/s', pinned: 'p2' }), 'p2');
    assert.equal(chooseFocus(models, { mode: 'speaker', speaker: 'p2' }), 'p2');
    assert.equal(chooseFocus(models, { mode: 'speaker', speaker: 'gone' }), 'p0');
    assert.equal(chooseFocus([me], { mode: 'speaker' }), null);
});

test('a change of speaker moves one small tile', () => {
    const models = room(5);
    const before = scene(models, { focus: 'p1', order: ['p0', 'p1', 'p2', 'p3', 'p4'] });
    const after = scene(models, { focus: 'p3', order: exchange(before.order, 'p1', 'p3') });
    const moved = ids(before).slice(1).filter((id, at) => ids(after)[at + 1] !== id);
    assert.deepEqual(moved, ['p3']);
});

test('the relay is told the sizes of what is seen, and 0 for what is not', () => {
    const models = room(20);
    const now = scene(models);
    const { views, crowded } = wishesOf({ models, scene: now, slots: [], scale: 2, room: 16 });
    const first = now.places[0];
    assert.deepEqual(views[0], { mid: '0', width: first.w * 2, height: first.h * 2, fps: 30 });
    assert.deepEqual(views.find(({ mid }) => mid === '19'), { mid: '19', width: 0, height: 0, fps: 0 });
    assert.equal(crowded, false);
});

test('pages beyond the first ask for their people when there are more than slots', () => {
    const models = room(20);
    const now = scene(models, { page: 1 });
    const { wanted, crowded } = wishesOf({ models, scene: now, slots: [], room: 16 });
    assert.ok(crowded);
    assert.deepEqual(wanted.map(({ participant }) => participant), ids(now).slice(0, -1));
    assert.equal(wishesOf({ models, scene: now, slots: [], room: 25 }).crowded, false);
});

test('a slot that was told 0 and shows nobody now is given a size again', () => {
    const models = room(2);
    const now = scene(models);
    const slots = [{ mid: '8', participant: null }, { mid: '9', participant: null }];
    const { views } = wishesOf({ models, scene: now, slots, told: (mid) => (mid === '9' ? { width: 0, height: 0 } : null), room: 16 });
    assert.deepEqual(views.filter(({ mid }) => Number(mid) > 7).map(({ mid, width }) => [mid, width > 0]), [['9', true]]);
});

test('a page that nobody looks at asks for nothing', () => {
    const models = room(3);
    const slots = [{ mid: '9', participant: null }];
    const { views, wanted } = wishesOf({ models, scene: scene(models), slots, told: () => ({ width: 0, height: 0 }), room: 16, hidden: true });
    assert.deepEqual([...new Set(views.map(({ width }) => width)), views.length, wanted.length], [0, 3, 0]);
});

test('cameras that are off are neither sized nor asked for', () => {
    const models = [other('a', { videoOn: false }), me];
    const { views, wanted } = wishesOf({ models, scene: scene(models), slots: [], room: 16 });
    assert.deepEqual([views, wanted], [[], []]);
});

test('everybody in one picture fills the stage, and nothing else is asked for', () => {
    const everybody = other('everybody', { owner: null, composed: true, mid: '0', track: undefined });
    const focus = chooseFocus([everybody], { mode: 'gallery' });
    assert.equal(focus, 'everybody');
    const now = scene([everybody], { focus });
    assert.deepEqual(now.places.map(({ x, y, w, h, large }) => [x, y, w, h, large]), [[0, 0, 1248, 660, true]]);
    const { views, wanted } = wishesOf({ models: [everybody], scene: now, slots: [{ mid: '0' }, { mid: '1' }], room: 16, composing: true });
    assert.deepEqual(views.map(({ mid, width }) => [mid, width]), [['0', 1248], ['1', 0]]);
    assert.deepEqual(wanted, [{ key: 'everybody', participant: null, feed: 'grid', always: true }]);
});

test('until the one picture comes, the others go on', () => {
    const models = room(2);
    const { views, wanted } = wishesOf({ models, scene: scene(models), slots: [{ mid: '0' }, { mid: '1' }, { mid: '2' }], room: 16, composing: true });
    assert.ok(views.every(({ width }) => width > 0));
    assert.deepEqual(wanted.map(({ key, always }) => [key, always]), [['p0', false], ['p1', false], ['everybody', true]]);
});
