import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CONNECT_MS, Recovery, SETTLE_MS, SUSPECT_MS } from '../../relay/web/recovery.js';

function connected() {
    const recovery = new Recovery({ random: () => 1 });
    recovery.begin(0);
    assert.equal(recovery.poll(0), 'join');
    recovery.done('ok', 10);
    recovery.connection('connected', 100);
    assert.equal(recovery.state, 'steady');
    return recovery;
}

test('a call that connects is left alone', () => {
    const recovery = connected();
    assert.equal(recovery.nextDeadline(), Infinity);
    assert.equal(recovery.poll(1e9), null);
});

test('a dropout that heals by itself costs nothing', () => {
    const recovery = connected();
    recovery.connection('disconnected', 1000);
    assert.equal(recovery.poll(1000 + SUSPECT_MS - 1), null);
    recovery.connection('connected', 1000 + SUSPECT_MS - 1);
    assert.equal(recovery.state, 'steady');
});

test('a dropout that lasts restarts ICE, and that heals it', () => {
    const recovery = connected();
    recovery.connection('disconnected', 1000);
    assert.equal(recovery.nextDeadline(), 1000 + SUSPECT_MS);
    assert.equal(recovery.poll(1000 + SUSPECT_MS), 'restart');
    assert.equal(recovery.poll(1e9), null, 'one request at a time');
    recovery.done('ok', 3000);
    recovery.connection('connected', 3100);
    assert.equal(recovery.state, 'steady');
});

test('failed restarts at once', () => {
    const recovery = connected();
    recovery.connection('failed', 1000);
    assert.equal(recovery.poll(1000), 'restart');
});

test('a restart that does not help leads to a new join', () => {
    const recovery = connected();
    recovery.connection('failed', 1000);
    recovery.poll(1000);
    recovery.done('ok', 1020);
    assert.equal(recovery.poll(1020 + SETTLE_MS), null);
    assert.equal(recovery.cause, 'path');
    assert.equal(recovery.poll(recovery.nextDeadline()), 'join');
});

test('a relay that restarted is joined anew within a second', () => {
    const recovery = connected();
    recovery.eventsLost(1000);
    assert.equal(recovery.poll(1000), 'restart');
    recovery.done('gone', 1010);
    assert.ok(recovery.nextDeadline() <= 1510);
    assert.equal(recovery.poll(1510), 'join');
    recovery.done('ok', 1520);
    recovery.connection('connected', 1600);
    assert.equal(recovery.state, 'steady');
});

test('a session that is gone stays gone, whatever the old connection says', () => {
    const recovery = connected();
    recovery.connection('failed', 1000);
    recovery.poll(1000);
    recovery.done('gone', 1010);
    recovery.connection('connected', 1020);
    assert.equal(recovery.poll(1510), 'join');
});

test('a probe that finds the session alive changes nothing', () => {
    const recovery = connected();
    recovery.eventsLost(1000);
    recovery.poll(1000);
    recovery.done('ok', 1010);
    assert.equal(recovery.state, 'steady');
});

test('a server that does not answer is asked again, ever more slowly', () => {
    const recovery = connected();
    recovery.connection('failed', 0);
    const waits = [];
    let now = 0;
    for (let at = 0; at < 8; at++) {
        assert.equal(recovery.poll(now), 'restart');
        recovery.done('unreachable', now);
        assert.equal(recovery.cause, 'server');
        waits.push(recovery.nextDeadline() - now);
        now = recovery.nextDeadline();
    }
    assert.deepEqual(waits, [500, 1000, 2000, 4000, 6000, 6000, 6000, 6000]);
    recovery.poll(now);
    recovery.done('gone', now);
    assert.equal(recovery.poll(now + 500), 'join');
});

test('Retry-After is respected', () => {
    const recovery = connected();
    recovery.connection('failed', 0);
    recovery.poll(0);
    recovery.done('unreachable', 0, 7000);
    assert.equal(recovery.nextDeadline(), 7000);
});

test('Try now tries now', () => {
    const recovery = connected();
    recovery.connection('failed', 0);
    recovery.poll(0);
    recovery.done('unreachable', 0);
    recovery.hurry(10);
    assert.equal(recovery.poll(10), 'restart');
    recovery.hurry(11);
    assert.equal(recovery.poll(11), null, 'not twice');
});

test('a join whose media never comes says so and goes on trying', () => {
    const recovery = new Recovery({ random: () => 1 });
    recovery.begin(0);
    recovery.poll(0);
    recovery.done('ok', 0);
    assert.equal(recovery.poll(CONNECT_MS - 1), null);
    assert.equal(recovery.poll(CONNECT_MS), null);
    assert.equal(recovery.cause, 'path');
    assert.equal(recovery.poll(recovery.nextDeadline()), 'join');
});

test('media that comes late, while waiting for another try, ends the trouble', () => {
    const recovery = new Recovery({ random: () => 1 });
    recovery.begin(0);
    recovery.poll(0);
    recovery.done('ok', 0);
    recovery.poll(CONNECT_MS);
    recovery.connection('connected', CONNECT_MS + 10);
    assert.equal(recovery.state, 'steady');
});

test('a refused join ends the call; a refused restart does not', () => {
    const first = new Recovery();
    first.begin(0);
    first.poll(0);
    first.done('refused', 1);
    assert.ok(first.ended);
    const second = connected();
    second.connection('failed', 0);
    second.poll(0);
    second.done('refused', 1);
    assert.equal(second.poll(1000), 'join');
});

test('a token that no longer opens the room ends the call', () => {
    const recovery = connected();
    recovery.connection('failed', 0);
    recovery.poll(0);
    recovery.done('final', 1);
    assert.ok(recovery.ended);
    assert.equal(recovery.poll(1e9), null);
});

test('an old "connected" does not count for a new connection', () => {
    const recovery = connected();
    recovery.moved(0);
    assert.equal(recovery.poll(recovery.nextDeadline()), 'join');
    recovery.done('ok', 1000);
    assert.equal(recovery.state, 'settling');
});

test('answers to nothing are ignored', () => {
    const recovery = connected();
    recovery.done('final', 1);
    assert.equal(recovery.state, 'steady');
    recovery.end();
    recovery.connection('failed', 2);
    recovery.eventsLost(3);
    recovery.moved(4);
    recovery.hurry(5);
    assert.ok(recovery.ended);
});
