import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Events } from '../../relay/web/events.js';

/** Sockets and timers that do only what the test says. */
function setup() {
    const sockets = [];
    const timers = [];
    const heard = [];
    const events = new Events({
        make: (url, protocols) => {
            const socket = { url, protocols, readyState: 0, sent: [], send(text) { this.sent.push(text); }, close() { this.readyState = 3; } };
            sockets.push(socket);
            return socket;
        },
        setTimer: (fn, ms) => timers.push({ fn, ms }),
        clearTimer: () => {},
    });
    for (const type of ['open', 'lost', 'message']) {
        events.addEventListener(type, (event) => heard.push(event.message ?? type));
    }
    events.open({ url: 'wss://t/e', protocols: ['tandem.v1'] });
    return { events, sockets, timers, heard };
}

function accept(socket) {
    socket.readyState = 1;
    socket.onopen();
}

function drop(socket) {
    socket.readyState = 3;
    socket.onclose();
}

test('opens, hears and speaks JSON', () => {
    const { events, sockets, heard } = setup();
    assert.equal(events.send({ type: 'chat' }), false, 'not before it is open');
    accept(sockets[0]);
    sockets[0].onmessage({ data: '{"type":"left","participant":"a"}' });
    assert.ok(events.send({ type: 'chat', payload: 'hi' }));
    assert.deepEqual(heard, ['open', { type: 'left', participant: 'a' }]);
    assert.deepEqual(sockets[0].sent, ['{"type":"chat","payload":"hi"}']);
    assert.deepEqual(sockets[0].protocols, ['tandem.v1']);
});

test('ignores what is not a message', () => {
    const { sockets, heard } = setup();
    accept(sockets[0]);
    for (const data of ['', '{', 'null', '[]', '{"type":5}', '"x"']) {
        sockets[0].onmessage({ data });
    }
    assert.deepEqual(heard, ['open']);
});

test('comes back by itself, ever more slowly, and counts', () => {
    const { events, sockets, timers } = setup();
    accept(sockets[0]);
    for (let at = 0; at < 4; at++) {
        drop(sockets[at]);
        assert.equal(events.failures, at + 1);
        timers[at].fn();
    }
    assert.ok(timers[3].ms > timers[0].ms);
    accept(sockets[4]);
    assert.equal(events.failures, 0);
});

test('is quiet after close', () => {
    const { events, sockets, timers, heard } = setup();
    accept(sockets[0]);
    events.close();
    drop(sockets[0]);
    sockets[0].onmessage({ data: '{"type":"left"}' });
    assert.deepEqual(heard, ['open']);
    assert.equal(timers.length, 0);
});

test('an old socket does not disturb a new session', () => {
    const { events, sockets, heard } = setup();
    accept(sockets[0]);
    events.open({ url: 'wss://t/e2', protocols: [] });
    drop(sockets[0]);
    accept(sockets[1]);
    assert.deepEqual(heard, ['open', 'open']);
    assert.equal(sockets[1].url, 'wss://t/e2');
});
