import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pageOf, planPins } from '../../relay/web/paging.js';

const slot = (mid, participant = null, track = 'v') => ({ mid, participant, track: participant === null ? null : track });
const want = (participant, always = false) => ({ key: participant, participant, always });
const said = (changes) => changes.map(({ mid, participant }) => `${mid}${participant ?? '-'}`).join(' ');

test('pages are full but the last, and never past the end', () => {
    assert.deepEqual(pageOf(['a', 'b', 'c'], { page: 1, perPage: 2 }), { page: 1, pages: 2, ids: ['c'] });
    assert.deepEqual(pageOf(['a', 'b', 'c'], { page: 7, perPage: 2 }).page, 1);
    assert.deepEqual(pageOf([], { page: 0, perPage: 2 }), { page: 0, pages: 1, ids: [] });
    assert.deepEqual(pageOf(['a'], { perPage: 0 }).ids, ['a']);
});

test('nothing is pinned on the page that the relay fills', () => {
    assert.equal(said(planPins({ slots: [slot('1', 'a'), slot('2')], pins: new Map(), wanted: [want('a'), want('b')], crowded: false })), '');
});

test('whoever is pinned by hand keeps the slot that shows them', () => {
    assert.equal(said(planPins({ slots: [slot('1', 'a'), slot('2', 'b')], pins: new Map(), wanted: [want('b', true), want('a')], crowded: false })), '2b');
});

test('another page pins everybody on it, those with slots where they are', () => {
    const slots = [slot('1', 'a'), slot('2', 'c'), slot('3', 'b')];
    assert.equal(said(planPins({ slots, pins: new Map(), wanted: [want('c'), want('d'), want('e')], crowded: true })), '2c 1d 3e');
});

test('empty slots are taken before those that show somebody', () => {
    const slots = [slot('1', 'a'), slot('2')];
    assert.equal(said(planPins({ slots, pins: new Map(), wanted: [want('d')], crowded: true })), '2d');
});

test('a pin stays where it is, and what is no longer looked at is let go', () => {
    const slots = [slot('1', 'a'), slot('2', 'b')];
    const pins = new Map([['1', 'a'], ['2', 'b']]);
    assert.equal(said(planPins({ slots, pins, wanted: [want('a')], crowded: true })), '2-');
    assert.equal(said(planPins({ slots, pins, wanted: [want('a'), want('b')], crowded: true })), '');
    assert.equal(said(planPins({ slots, pins, wanted: [want('a'), want('b')], crowded: false })), '1- 2-');
    assert.equal(said(planPins({ slots, pins, wanted: [want('c'), want('d')], crowded: true })), '1c 2d');
});

test('a screen is pinned by its track, beside the camera of the same person', () => {
    const slots = [slot('1', 'a', 'cam'), slot('2', 'b')];
    const wanted = [{ key: 'a/scr', participant: 'a', track: 'scr', always: true }, want('a')];
    const changes = planPins({ slots, pins: new Map(), wanted, crowded: false });
    assert.deepEqual(changes, [{ mid: '2', participant: 'a', track: 'scr', key: 'a/scr' }]);
});

test('more wishes than slots: the first are served', () => {
    assert.equal(said(planPins({ slots: [slot('1')], pins: new Map(), wanted: [want('a'), want('b')], crowded: true })), '1a');
});

test('everybody in one picture takes an empty slot, and keeps it', () => {
    const all = { key: 'everybody', participant: null, feed: 'grid', always: true };
    const slots = [slot('1', 'a'), slot('2')];
    const changes = planPins({ slots, pins: new Map(), wanted: [all], crowded: false });
    assert.deepEqual(changes, [{ mid: '2', participant: null, track: undefined, feed: 'grid', key: 'everybody' }]);
    const pins = new Map([['2', 'everybody']]);
    assert.deepEqual(planPins({ slots: [slot('1', 'a'), { ...slot('2'), feed: 'grid' }], pins, wanted: [all], crowded: false }), []);
    assert.deepEqual(planPins({ slots, pins, wanted: [], crowded: false }), [{ mid: '2', participant: null, key: null }]);
});

test('a slot that shows everybody already is taken first', () => {
    const all = { key: 'everybody', participant: null, feed: 'grid', always: true };
    const [change] = planPins({ slots: [slot('1'), { ...slot('2'), feed: 'grid' }], pins: new Map(), wanted: [all], crowded: false });
    assert.equal(change.mid, '2');
});
