import assert from 'node:assert/strict';
import { test } from 'node:test';
import { namesText, playerWords, speakers } from '../../relay/web/player_text.js';
import { Roster } from '../../relay/web/roster.js';

const person = (id, name, talks = true) => ({ id, number: id.charCodeAt(0), name, tracks: talks ? [{ id: '0', kind: 'audio', source: 'microphone', muted: false }] : [] });

function room(...people) {
    const roster = new Roster();
    roster.apply({ type: 'welcome', participant: 'z', room: 'r', participants: [person('z', 'Listener', false), ...people], slots: [] });
    return roster;
}

test('joins names', () => {
    assert.equal(namesText([]), '');
    assert.equal(namesText(['Ann']), 'Ann');
    assert.equal(namesText(['Ann', 'Ben']), 'Ann and Ben');
    assert.equal(namesText(['Ann', 'Ben', 'Cleo']), 'Ann, Ben and Cleo');
    assert.equal(namesText(['Ann', 'Ben', 'Cleo', 'Dan', 'Eve']), 'Ann, Ben and 3 others');
});

test('who dominates is named first, then the loudest', () => {
    const roster = room(person('a', 'Ann'), person('b', 'Ben'), person('c', 'Cleo'), person('d', 'Dan'));
    roster.apply({ type: 'speaking', dominant: 'c', levels: { a: 60, b: 20, c: 40 } });
    assert.deepEqual(speakers(roster), ['Cleo', 'Ben', 'Ann']);
});

test('other listeners are no company', () => {
    assert.equal(playerWords({ joined: false, roster: room(), live: false }).title, 'Coming in…');
    assert.equal(playerWords({ joined: true, roster: room(person('b', 'Wall', false)), live: false }).title, 'Nobody is here yet');
});

test('over a picture: who speaks, or who is shown', () => {
    const roster = room(person('a', 'Ann'), person('b', 'Ben'));
    assert.equal(playerWords({ joined: true, roster, slot: { feed: 'grid', participant: null }, live: true }).caption, '');
    roster.apply({ type: 'speaking', dominant: 'b', levels: { b: 30 } });
    assert.equal(playerWords({ joined: true, roster, slot: { feed: 'grid', participant: null }, live: true }).caption, 'Ben');
    assert.equal(playerWords({ joined: true, roster, slot: { feed: 'track', participant: 'a' }, live: true }).caption, 'Ann');
});

test('without a picture: who is here, who speaks, and why', () => {
    const roster = room(person('a', 'Ann'), person('b', 'Ben'));
    const words = playerWords({ joined: true, roster, slot: { feed: null, paused: 'network' }, live: false });
    assert.equal(words.title, 'Ann and Ben');
    assert.equal(words.face, 'a');
    assert.match(words.text, /slow network/);
    roster.apply({ type: 'speaking', dominant: 'b', levels: { b: 30 } });
    assert.deepEqual([playerWords({ joined: true, roster, live: false }).title, playerWords({ joined: true, roster, live: false }).face], ['Ben', 'b']);
});
