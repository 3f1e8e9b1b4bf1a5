import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inOrder } from '../../relay/web/people.js';
import { aloneText, peopleText } from '../../relay/web/people_text.js';

test('raised hands come first, in their order, and screens are nobody', () => {
    const models = [{ id: 's', screen: true, hand: 0 }, { id: 'a', hand: 0 }, { id: 'b', hand: 2 }, { id: 'c', hand: 1 }];
    assert.deepEqual(inOrder(models).map(({ id }) => id), ['c', 'b', 'a']);
});

test('counts people, listeners and hands in words', () => {
    assert.equal(peopleText({ people: 1 }), 'One person');
    assert.equal(peopleText({ people: 5, listening: 1 }), '5 people, one of them only listens');
    assert.equal(peopleText({ people: 5, listening: 3, hands: 2 }), '5 people, 3 of them only listen, 2 hands raised');
    assert.equal(peopleText({ people: 2, hands: 1 }), '2 people, one hand raised');
});

test('whoever talks to listeners alone is told so', () => {
    assert.match(aloneText({ metOthers: false }), /first here/);
    assert.match(aloneText({ metOthers: true }), /has left/);
    assert.match(aloneText({ metOthers: false }), /Share the link/);
    assert.doesNotMatch(aloneText({ metOthers: false, closed: true }), /Share the link/);
    assert.match(aloneText({ metOthers: true, closed: true }), /has left\..*invitations of their own/);
    assert.match(aloneText({ metOthers: true, listeners: ['Wall'] }), /^Wall is listening/);
    assert.match(aloneText({ metOthers: false, listeners: ['Wall', 'Ann'] }), /^2 people are listening/);
});
