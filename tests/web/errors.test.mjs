import assert from 'node:assert/strict';
import { test } from 'node:test';
import { captureTrouble, names, sentence, statusSentence, waitingSentence } from '../../relay/web/errors.js';

const failure = (name) => ({ name });

test('every sentence is a sentence', () => {
    for (const name of [...names, 'never heard of']) {
        assert.match(sentence(name), /^[A-Z].*[.…]$/, name);
    }
    for (const status of [-1, 0, 400, 401, 403, 404, 406, 409, 413, 415, 429, 500, 503]) {
        assert.match(statusSentence(status), /^[A-Z].*\.$/, String(status));
    }
});

test('capture failures are told apart', () => {
    const refused = failure('NotAllowedError');
    const none = failure('NotFoundError');
    const busy = failure('NotReadableError');
    assert.equal(captureTrouble({}), null);
    assert.equal(captureTrouble({ audio: refused, video: refused }), 'devices-refused');
    assert.equal(captureTrouble({ video: refused }), 'camera-refused');
    assert.equal(captureTrouble({ audio: refused }), 'microphone-refused');
    assert.equal(captureTrouble({ audio: none, video: none }), 'no-devices');
    assert.equal(captureTrouble({ video: none }), 'no-camera');
    assert.equal(captureTrouble({ audio: none }), 'no-microphone');
    assert.equal(captureTrouble({ video: busy }), 'camera-busy');
    assert.equal(captureTrouble({ audio: busy, video: busy }), 'devices-busy');
    assert.equal(captureTrouble({ audio: none, video: refused }), 'camera-refused', 'what can be helped comes first');
    assert.equal(captureTrouble({ audio: failure('InsecureContext'), video: failure('InsecureContext') }), 'insecure');
});

test('every trouble that capture can give has its own words', () => {
    for (const name of ['NotAllowedError', 'NotFoundError', 'NotReadableError', 'InsecureContext', 'OverconstrainedError']) {
        for (const errors of [{ audio: failure(name) }, { video: failure(name) }, { audio: failure(name), video: failure(name) }]) {
            assert.ok(names.includes(captureTrouble(errors)), JSON.stringify(errors));
        }
    }
});

test('the server\'s own words come along where ours are vague', () => {
    assert.match(statusSentence(400, { detail: 'line 12: no fingerprint' }), /“line 12: no fingerprint”/);
    assert.doesNotMatch(statusSentence(409, { detail: 'limit 50' }), /50/);
    assert.match(statusSentence(503, null, 5000), /5 seconds/);
    assert.match(statusSentence(503, null, 1000), /1 second\./);
});

test('no invitation, an old one and a broken one are told apart, each with what helps', () => {
    const refused = (why) => statusSentence(401, { title: 'Token refused', detail: `This relay does not take the token that was sent: ${why}.` });
    assert.match(statusSentence(401, { title: 'Token needed', detail: 'This relay asks for a token, and none was sent.' }), /holds none\. Open the link/);
    assert.match(statusSentence(401), /holds none\. Open the link/);
    assert.match(refused('the token has expired'), /has expired\. Ask for a new one/);
    assert.match(refused('the token is malformed or its signature is wrong'), /not valid here\. Copy the whole link/);
    assert.match(statusSentence(401, { title: 'Token refused' }), /not valid here/);
});

test('waiting says why and how long', () => {
    assert.match(waitingSentence('server', 4200), /server does not answer.*5 seconds/);
    assert.match(waitingSentence('path', 900), /UDP.*1 second\./);
});
