import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Volumes } from '../../relay/web/volumes.js';

const ann = { id: 'a', name: 'Ann' };
const ben = { id: 'b', name: 'Ben' };
const here = (...people) => new Map(people.map((person) => [person.id, person]));
const audio = (mid, participant, feed = 'track') => ({ mid, kind: 'audio', feed, participant });

test('everybody is as loud as they come until somebody says otherwise', () => {
    const volumes = new Volumes();
    assert.equal(volumes.of(ann), 100);
    volumes.set(ann, 150);
    assert.equal(volumes.of(ann), 150);
    assert.equal(volumes.of(ben), 100);
});

test('takes 0 to 200 per cent', () => {
    const volumes = new Volumes();
    for (const [asked, want] of [[-5, 0], [0, 0], [33.4, 33], [200, 200], [900, 200], ['50', 50], ['loud', 100]]) {
        volumes.set(ann, asked);
        assert.equal(volumes.of(ann), want, String(asked));
    }
});

test('the volume follows the person from slot to slot', () => {
    const volumes = new Volumes();
    const people = here(ann, ben);
    volumes.set(ann, 30);
    assert.deepEqual([...volumes.factors([audio('0', 'a'), audio('2', 'b')], people)], [['0', 0.3], ['2', 1]]);
    assert.deepEqual([...volumes.factors([audio('0', 'b'), audio('2', 'a')], people)], [['0', 1], ['2', 0.3]]);
});

test('a mix, an empty slot and a stranger are played as they come', () => {
    const volumes = new Volumes();
    volumes.set(ann, 0);
    const slots = [audio('0', null, 'mix'), audio('2', null, null), audio('3', 'x'), { mid: '4', kind: 'video', feed: 'track', participant: 'a' }];
    assert.deepEqual([...volumes.factors(slots, here(ann))], [['0', 1], ['2', 1], ['3', 1]]);
});

test('whoever comes back under the same name is as loud as before, and no namesake beside them', () => {
    const volumes = new Volumes();
    volumes.set(ann, 40);
    volumes.follow(here(ann, { id: 'a2', name: 'Ann' }));
    assert.equal(volumes.of({ id: 'a2', name: 'Ann' }), 100);
    volumes.follow(here(ben));
    volumes.follow(here(ben, { id: 'a3', name: 'Ann' }));
    assert.equal(volumes.of({ id: 'a3', name: 'Ann' }), 40);
    assert.equal(volumes.of({ id: 'a4', name: 'Ann' }), 100);
});
