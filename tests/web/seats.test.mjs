import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seat } from '../../relay/web/seats.js';

const letters = (text) => text.split('');
const order = (before, now, options) => seat(letters(before), letters(now), options).join('');

test('people keep their seats, newcomers sit at the end', () => {
    assert.equal(order('', 'abc'), 'abc');
    assert.equal(order('cab', 'abcd'), 'cabd');
    assert.equal(order('cab', 'ab'), 'ab');
});

test('nobody moves while all fit on the first page', () => {
    assert.equal(order('abcd', 'abcd', { first: 4, dominant: 'd', shown: new Set('d') }), 'abcd');
});

test('a speaker from a later page changes places with whoever spoke longest ago', () => {
    const led = new Map([['a', 3], ['b', 1], ['c', 2], ['e', 4]]);
    assert.equal(order('abcde', 'abcde', { first: 3, dominant: 'e', led }), 'aecdb');
});

test('those who never spoke give way first, from the end', () => {
    assert.equal(order('abcde', 'abcde', { first: 3, dominant: 'e', led: new Map([['e', 1]]) }), 'abedc');
});

test('those whom the relay shows come to the front, in place of those whom it does not', () => {
    assert.equal(order('abcd', 'abcd', { first: 2, shown: new Set('ad') }), 'adcb');
    assert.equal(order('adcb', 'abcd', { first: 2, shown: new Set('ad') }), 'adcb');
});

test('somebody without a picture who spoke last keeps the place', () => {
    const led = new Map([['b', 5]]);
    assert.equal(order('abcd', 'abcd', { first: 2, shown: new Set('ad'), led, dominant: 'b' }), 'abcd');
});

test('nobody moves while another page is looked at', () => {
    assert.equal(order('abcd', 'abcd', { first: 2, shown: new Set('cd'), dominant: 'd', steady: true }), 'abcd');
});

test('a talk between many settles: the last speakers are on the first page', () => {
    const led = new Map();
    let seats = letters('abcdefgh');
    letters('hgabhgahg').forEach((dominant, at) => {
        led.set(dominant, at);
        seats = seat(seats, letters('abcdefgh'), { first: 3, dominant, led });
        assert.ok(seats.slice(0, 3).includes(dominant));
    });
    const settled = seats.join('');
    letters('hgahga').forEach((dominant, at) => {
        led.set(dominant, 100 + at);
        seats = seat(seats, letters('abcdefgh'), { first: 3, dominant, led });
        assert.equal(seats.join(''), settled);
    });
});
