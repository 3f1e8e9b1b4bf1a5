import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Wishes } from '../../relay/web/wishes.js';

function made(connected = () => true) {
    const sent = [];
    const timers = [];
    const wishes = new Wishes((message) => connected() && Boolean(sent.push(message)), { setTimer: (fn, ms) => timers.push({ fn, ms }) });
    return { wishes, sent, timers, run: () => timers.splice(0).forEach(({ fn }) => fn()) };
}

test('says each size once', () => {
    const { wishes, sent, run } = made();
    wishes.view('1', 640, 360, 30);
    wishes.view('1', 640, 360, 30);
    run();
    wishes.view('1', 640, 360, 30);
    run();
    assert.deepEqual(sent, [{ type: 'view', mid: '1', width: 640, height: 360, fps: 30 }]);
    assert.deepEqual(wishes.viewOf('1'), { width: 640, height: 360, fps: 30 });
});

test('only the last size of a moment is said', () => {
    const { wishes, sent, run } = made();
    wishes.view('1', 640, 360, 30);
    wishes.view('1', 0, 0, 0);
    run();
    assert.deepEqual(sent.map(({ width }) => width), [0]);
});

test('pins come in order, with the track where there is one', () => {
    const { wishes, sent, run } = made();
    wishes.pin([{ mid: '1', participant: null, key: null }, { mid: '2', participant: 'a', track: 's', key: 'a/s' }]);
    run();
    assert.deepEqual(sent, [{ type: 'pin', mid: '1', participant: null }, { type: 'pin', mid: '2', participant: 'a', track: 's' }]);
    assert.deepEqual([...wishes.pins], [['2', 'a/s']]);
});

test('never so much at once that the relay takes it for a flood', () => {
    const { wishes, sent, timers } = made();
    for (let mid = 0; mid < 98; mid++) {
        wishes.view(String(mid), 100, 100, 15);
    }
    let ms = 0;
    while (timers.length > 0) {
        const before = sent.length;
        const timer = timers.shift();
        ms += timer.ms;
        timer.fn();
        assert.ok(sent.length - before <= 50);
    }
    assert.equal(sent.length, 98);
    assert.ok(ms >= 900, 'spread over a second');
});

test('after a broken connection all is said again', () => {
    let up = false;
    const { wishes, sent, run } = made(() => up);
    wishes.view('1', 640, 360, 30);
    run();
    assert.equal(sent.length, 0);
    up = true;
    wishes.again();
    wishes.view('1', 640, 360, 30);
    run();
    assert.equal(sent.length, 1);
});

test('after a break pins are said again, also those that were let go meanwhile', () => {
    let up = true;
    const { wishes, sent, run } = made(() => up);
    wishes.pin([{ mid: '1', participant: 'a', key: 'a' }, { mid: '2', participant: 'b', key: 'b' }]);
    run();
    up = false;
    wishes.pin([{ mid: '1', participant: null, key: null }]);
    run();
    up = true;
    wishes.again();
    run();
    assert.deepEqual(sent.slice(2).map(({ mid, participant }) => [mid, participant]), [['1', null], ['2', 'b']]);
    wishes.forget();
    wishes.again();
    run();
    assert.equal(sent.length, 4);
});

test('a pin says which feed is wanted, and says it again', () => {
    const { wishes, sent, run } = made();
    wishes.pin([{ mid: '1', participant: null, feed: 'grid', key: 'everybody' }]);
    run();
    wishes.again();
    run();
    wishes.pin([{ mid: '1', participant: null, key: null }]);
    run();
    const pin = { type: 'pin', mid: '1', participant: null, feed: 'grid' };
    assert.deepEqual(sent, [pin, pin, { type: 'pin', mid: '1', participant: null }]);
});
