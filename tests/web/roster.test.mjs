import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hueOf, initials, Roster } from '../../relay/web/roster.js';

const track = (id, kind, muted = false) => ({ id, kind, source: kind === 'audio' ? 'microphone' : 'camera', muted });
const person = (id, number, name, tracks) => ({ id, number, name, tracks: tracks ?? [track(`${id}a`, 'audio'), track(`${id}v`, 'video')] });
const SELF = { name: 'Me', audioOn: true, videoOn: true, speaking: false };

function welcomed() {
    const roster = new Roster();
    roster.apply({
        type: 'welcome', participant: 'me', room: 'r',
        participants: [person('me', 3, 'Me'), person('b', 2, 'Ben'), person('a', 1, 'Ann Lee')],
        slots: [{ mid: '1', kind: 'video', feed: 'track', participant: 'a', track: 'av', paused: null },
            { mid: '4', kind: 'video', feed: null, participant: null, track: null, paused: null }],
    });
    return roster;
}

test('shows the others in order of arrival, then oneself', () => {
    const tiles = welcomed().tiles(SELF);
    assert.deepEqual(tiles.map(({ id }) => id), ['a', 'b', 'me']);
    assert.deepEqual(tiles.map(({ self }) => self), [false, false, true]);
    assert.deepEqual(tiles.map(({ mid }) => mid), ['1', null, null]);
    assert.equal(tiles[0].initials, 'AL');
});

test('a page that only listens has no tile of its own', () => {
    assert.deepEqual(welcomed().tiles(null).map(({ id }) => id), ['a', 'b']);
});

test('shows oneself before the relay has said anything', () => {
    assert.deepEqual(new Roster().tiles(SELF).map(({ id, name }) => [id, name]), [['me', 'Me']]);
});

test('takes a welcome whose participant is an object', () => {
    const roster = new Roster();
    roster.apply({ type: 'welcome', participant: person('me', 1, 'Me'), room: { id: 'r' }, participants: [], slots: [] });
    assert.equal(roster.me, 'me');
    assert.equal(roster.room, 'r');
});

test('follows a slot to another participant', () => {
    const roster = welcomed();
    assert.equal(roster.apply({ type: 'slots', slots: [{ mid: '1', kind: 'video', feed: 'track', participant: 'b', track: 'bv', paused: null }] }), 'slots');
    assert.deepEqual(roster.tiles(SELF).map(({ mid }) => mid), [null, '1', null]);
});

test('takes numbers for mids', () => {
    const roster = welcomed();
    roster.apply({ type: 'slots', slots: [{ mid: 4, kind: 'video', feed: 'track', participant: 'b', track: 'bv' }] });
    assert.equal(roster.tiles(SELF)[1].mid, '4');
});

test('composed pictures and mixes belong to nobody', () => {
    const roster = welcomed();
    roster.apply({ type: 'slots', slots: [{ mid: '1', kind: 'video', feed: 'grid', participant: null, track: null }] });
    assert.equal(roster.videoSlotOf('a'), null);
});

test('forgets who left, and frees their slot', () => {
    const roster = welcomed();
    assert.equal(roster.apply({ type: 'left', participant: { id: 'a' } }), 'people');
    assert.equal(roster.slots.get('1').participant, null);
    assert.deepEqual(roster.tiles(SELF).map(({ id }) => id), ['b', 'me']);
    assert.equal(roster.apply({ type: 'left', participant: 'a' }), null);
});

test('a camera that is off shows initials, a muted microphone says so', () => {
    const roster = welcomed();
    roster.apply({ type: 'updated', participant: person('a', 1, 'Ann Lee', [track('aa', 'audio', true), track('av', 'video', true)]) });
    const [tile] = roster.tiles(SELF);
    assert.equal(tile.mid, null);
    assert.ok(tile.audioMuted);
});

test('somebody without a microphone counts as muted', () => {
    const roster = welcomed();
    roster.apply({ type: 'joined', participant: person('c', 4, 'Cleo', [track('cv', 'video')]) });
    assert.ok(roster.tiles(SELF)[2].audioMuted);
});

test('whoever sends nothing listens, and has no tile', () => {
    const roster = welcomed();
    roster.apply({ type: 'joined', participant: person('c', 4, 'Cleo', []) });
    assert.deepEqual(roster.tiles(SELF).map(({ id }) => id), ['a', 'b', 'me']);
    assert.deepEqual(roster.listeners().map(({ id, name, hand }) => [id, name, hand]), [['c', 'Cleo', 0]]);
    roster.apply({ type: 'hand', from: 'c', payload: { up: true } });
    assert.equal(roster.listeners()[0].hand, 1);
    roster.apply({ type: 'updated', participant: person('c', 4, 'Cleo') });
    assert.deepEqual(roster.tiles(SELF).map(({ id }) => id), ['a', 'b', 'c', 'me']);
    assert.deepEqual(roster.listeners(), []);
});

test('a mix is nobody\'s, and carries all who have no slot of their own', () => {
    const roster = welcomed();
    roster.apply({ type: 'slots', slots: [{ mid: '0', kind: 'audio', feed: 'track', participant: 'a', track: 'aa', paused: null }, { mid: '2', kind: 'audio', feed: 'track', participant: 'b', track: 'ba', paused: null }] });
    assert.equal(roster.mixSlot(), null);
    assert.ok(!roster.isMixed('a') && !roster.isMixed('b'));
    roster.apply({ type: 'slots', slots: [{ mid: '0', kind: 'audio', feed: 'mix', participant: null, track: null, paused: null }] });
    assert.equal(roster.mixSlot().mid, '0');
    assert.equal(roster.audioSlotOf('a'), null);
    assert.ok(roster.isMixed('a'));
    assert.ok(!roster.isMixed('b'), 'pinned beside the mix');
    roster.apply({ type: 'speaking', dominant: 'a', levels: { a: 20 } });
    assert.ok(roster.tiles(SELF)[0].speaking, 'who speaks is seen all the same');
});

test('everybody in one picture is one tile, once the picture comes', () => {
    const roster = welcomed();
    assert.deepEqual(roster.tiles(SELF, { composed: true }).map(({ id }) => id), ['a', 'b', 'me']);
    roster.apply({ type: 'slots', slots: [{ mid: '4', kind: 'video', feed: 'grid', participant: null, track: null, paused: null }] });
    const tiles = roster.tiles(SELF, { composed: true });
    assert.deepEqual(tiles.map(({ id, mid, composed, screen }) => [id, mid, composed, screen]), [['everybody', '4', true, false]]);
    assert.equal(roster.tiles(SELF).length, 3);
});

test('those whose level is told speak, the muted do not', () => {
    const roster = welcomed();
    roster.apply({ type: 'speaking', dominant: 'a', levels: { a: 60, b: 30 } });
    assert.deepEqual(roster.tiles(SELF).map(({ speaking }) => speaking), [true, true, false]);
    roster.apply({ type: 'updated', participant: person('b', 2, 'Ben', [track('ba', 'audio', true)]) });
    assert.ok(!roster.tiles(SELF)[1].speaking);
    roster.apply({ type: 'speaking', dominant: 'a', levels: {} });
    assert.ok(!roster.tiles(SELF)[0].speaking);
});

test('a slot that is paused still belongs to somebody', () => {
    const roster = welcomed();
    roster.apply({ type: 'slots', slots: [{ mid: '1', kind: 'video', feed: null, participant: 'a', track: 'av', paused: 'network' }] });
    assert.deepEqual(roster.tiles(SELF).map(({ mid, paused }) => [mid, paused])[0], ['1', 'network']);
    roster.apply({ type: 'slots', slots: [{ mid: '1', kind: 'video', feed: 'track', participant: 'a', track: 'av', paused: null }] });
    assert.equal(roster.tiles(SELF)[0].paused, null);
});

test('a shared screen has a tile of its own, before the people', () => {
    const roster = welcomed();
    const tracks = [track('aa', 'audio'), track('av', 'video'), { id: 'as', kind: 'video', source: 'screen', muted: false }];
    roster.apply({ type: 'updated', participant: person('a', 1, 'Ann Lee', tracks) });
    roster.apply({ type: 'slots', slots: [{ mid: '4', kind: 'video', feed: 'track', participant: 'a', track: 'as', paused: null }] });
    const tiles = roster.tiles(SELF);
    assert.deepEqual(tiles.map(({ id, mid, screen }) => [id, mid, screen]), [['a/as', '4', true], ['a', '1', false], ['b', null, false], ['me', null, false]]);
    assert.equal(tiles[0].owner, 'a');
    assert.deepEqual(roster.tiles({ ...SELF, screenOn: true }).map(({ id }) => id), ['a/as', 'me/screen', 'a', 'b', 'me']);
});

test('a camera that is off takes no screen away', () => {
    const roster = welcomed();
    roster.apply({ type: 'updated', participant: person('a', 1, 'Ann Lee', [track('av', 'video', true), { id: 'as', kind: 'video', source: 'screen', muted: false }]) });
    assert.deepEqual(roster.tiles(SELF).map(({ id, videoOn }) => [id, videoOn]).slice(0, 2), [['a/as', true], ['a', false]]);
});

test('hands stand in the order in which they went up', () => {
    const roster = welcomed();
    assert.equal(roster.apply({ type: 'hand', from: 'b', payload: { up: true } }), 'hands');
    assert.equal(roster.apply({ type: 'hand', from: 'b', payload: { up: true } }), null);
    roster.apply({ type: 'hand', from: 'a', payload: { up: true } });
    assert.deepEqual(roster.tiles(SELF).map(({ hand }) => hand), [2, 1, 0]);
    roster.apply({ type: 'hand', from: 'b', payload: { up: false } });
    assert.deepEqual(roster.tiles(SELF).map(({ hand }) => hand), [1, 0, 0]);
    roster.apply({ type: 'left', participant: 'a' });
    assert.deepEqual(roster.hands.order, []);
});

test('remembers who led the talk, and when', () => {
    const roster = welcomed();
    for (const dominant of ['a', 'b', 'b', null, 'a']) {
        roster.apply({ type: 'speaking', dominant, levels: {} });
    }
    assert.ok(roster.led.get('a') > roster.led.get('b'));
});

test('ignores what it does not know', () => {
    const roster = welcomed();
    assert.equal(roster.apply({ type: 'brand-new' }), null);
    assert.equal(roster.apply({ type: 'joined' }), null);
    assert.equal(roster.apply({ type: 'joined', participant: null }), null);
});

test('initials', () => {
    const cases = { 'Ann Lee': 'AL', ann: 'A', 'Jean Luc van Dam': 'JD', '  ': '?', '': '?', '🦦 otter': '🦦O', 'élodie': 'É', '山田': '山' };
    for (const [name, want] of Object.entries(cases)) {
        assert.equal(initials(name), want, name);
    }
});

test('colours are stable and in range', () => {
    for (const id of ['', 'a', 'p1', 'p2', '😀']) {
        assert.equal(hueOf(id), hueOf(id));
        assert.ok(hueOf(id) >= 0 && hueOf(id) < 10);
    }
});
