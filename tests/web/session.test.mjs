import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Refusal, Session } from '../../relay/web/session.js';

const SDP = 'v=0\r\n';

/** A fetch that answers from a list and remembers what it was asked. */
function fakeFetch(...answers) {
    const asked = [];
    const fetch = async (url, init) => {
        asked.push({ url, ...init });
        const next = answers.shift();
        if (next instanceof Error) {
            throw next;
        }
        return next;
    };
    return { fetch, asked };
}

function joinAnswer(headers = {}) {
    return new Response(SDP, { status: 201, headers: { Location: '/call/r/p1', ETag: '"e1"', ...headers } });
}

async function joined(token, ...answers) {
    const fake = fakeFetch(joinAnswer({ Link: '<turn:t.example>; rel="ice-server"; username="u"; credential="c"' }), ...answers);
    const session = new Session({ origin: 'https://t.example', token, fetch: fake.fetch });
    assert.equal(await session.join('r', 'Ann & Ben', 'offer'), SDP);
    return { session, asked: fake.asked };
}

test('joins with one POST', async () => {
    const { session, asked } = await joined('tok');
    assert.equal(asked[0].method, 'POST');
    assert.equal(asked[0].url, 'https://t.example/call/r?name=Ann+%26+Ben');
    assert.equal(asked[0].body, 'offer');
    assert.equal(asked[0].headers['Content-Type'], 'application/sdp');
    assert.equal(asked[0].headers.Authorization, 'Bearer tok');
    assert.equal(session.url, 'https://t.example/call/r/p1');
    assert.equal(session.etag, '"e1"');
    assert.deepEqual(session.iceServers, [{ urls: 'turn:t.example', username: 'u', credential: 'c' }]);
});

test('sends no token when there is none', async () => {
    const { session, asked } = await joined('');
    assert.ok(!('Authorization' in asked[0].headers));
    assert.deepEqual(session.events(), { url: 'wss://t.example/call/r/p1/events', protocols: ['tandem.v1'] });
});

test('brings the token to the events in a subprotocol', async () => {
    const { session } = await joined('tok');
    assert.deepEqual(session.events().protocols, ['tandem.v1', 'bearer.tok']);
});

test('restarts ICE to the letter of RFC 9725', async () => {
    const { session, asked } = await joined('', new Response('a=ice-ufrag:x', { status: 200, headers: { ETag: '"e2"' } }));
    assert.equal(await session.restart('frag'), 'a=ice-ufrag:x');
    assert.equal(asked[1].method, 'PATCH');
    assert.equal(asked[1].headers['If-Match'], '"*"');
    assert.equal(asked[1].headers['Content-Type'], 'application/trickle-ice-sdpfrag');
    assert.equal(session.etag, '"e2"');
});

test('offers anew on the same session', async () => {
    const { session, asked } = await joined('', new Response(SDP, { status: 200 }));
    assert.equal(await session.reoffer('offer 2'), SDP);
    assert.equal(asked[1].headers['Content-Type'], 'application/sdp');
    assert.equal(asked[1].url, session.url);
});

test('leaves once, even while the page closes', async () => {
    const { session, asked } = await joined('', new Error('closing'));
    session.leave();
    session.leave();
    assert.equal(asked.length, 2);
    assert.equal(asked[1].method, 'DELETE');
    assert.equal(asked[1].keepalive, true);
});

test('refusals carry status, problem and Retry-After', async () => {
    const answer = new Response(JSON.stringify({ detail: 'line 3' }), { status: 503, headers: { 'Retry-After': '7' } });
    const session = new Session({ origin: 'https://t.example', fetch: fakeFetch(answer).fetch });
    await assert.rejects(session.join('r', '', 'offer'), (error) => {
        assert.ok(error instanceof Refusal);
        assert.equal(error.status, 503);
        assert.equal(error.problem.detail, 'line 3');
        assert.equal(error.retryAfterMs, 7000);
        return true;
    });
});

test('no answer at all is status 0', async () => {
    const session = new Session({ origin: 'https://t.example', fetch: fakeFetch(new TypeError('failed')).fetch });
    await assert.rejects(session.join('r', '', 'offer'), { status: 0, outcome: 'unreachable' });
});

test('an answer without Location or without SDP is none', async () => {
    for (const answer of [new Response(SDP, { status: 201 }), new Response('<html>', { status: 200, headers: { Location: '/x' } })]) {
        const session = new Session({ origin: 'https://t.example', fetch: fakeFetch(answer).fetch });
        await assert.rejects(session.join('r', '', 'offer'), { outcome: 'refused' });
    }
});

test('outcomes', () => {
    const outcome = (status) => new Refusal(status).outcome;
    assert.deepEqual([0, 429, 500, 502, 503].map(outcome), Array(5).fill('unreachable'));
    assert.deepEqual([404, 410].map(outcome), ['gone', 'gone']);
    assert.deepEqual([401, 403].map(outcome), ['final', 'final']);
    assert.deepEqual([400, 406, 409, 412, 422, 428].map(outcome), Array(6).fill('refused'));
});

test('says in the address what the slots are to be fed by', async () => {
    const { fetch, asked } = fakeFetch(joinAnswer());
    const session = new Session({ origin: 'https://t.example', fetch });
    await session.join('r', '', 'offer', { audio: 'auto', video: 'grid' });
    assert.equal(asked[0].url, 'https://t.example/call/r?audio=auto&video=grid');
});
