import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { readFragment, readIceServers, restartedAnswer, restartFragment, withAudioNack, withSlides } from '../../relay/web/sdp.js';

const vector = (name) => readFileSync(new URL(`../vectors/offers/${name}`, import.meta.url), 'utf8');

test('makes a fragment of the tagged section only', () => {
    const lines = restartFragment(vector('chromium-156.0.8078.79-conference-8.sdp')).split('\r\n');
    assert.equal(lines[0], 'a=group:BUNDLE 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15');
    assert.equal(lines[1], 'm=audio 9 UDP/TLS/RTP/SAVPF 0');
    assert.deepEqual(lines.slice(2, 5), ['a=mid:0', 'a=ice-ufrag:12sn', 'a=ice-pwd:n4ORevbtcHL2X08uR1HxZ01/']);
    assert.equal(lines.filter((line) => line.startsWith('m=')).length, 1);
    assert.ok(lines.slice(5, -1).every((line) => line.startsWith('a=candidate:')));
    assert.equal(lines.at(-1), '');
});

test('finds credentials of Firefox, and at session level', () => {
    assert.match(restartFragment(vector('firefox-153.7.0-sendrecv.sdp')), /a=ice-ufrag:\S{8}\r\na=ice-pwd:\S{32}\r\n/);
    assert.match(restartFragment('v=0\r\na=ice-ufrag:abcd\r\na=ice-pwd:efgh\r\nm=audio 9 X 0\r\n'), /a=ice-ufrag:abcd\r\n/);
});

test('gives nothing for an offer without credentials', () => {
    assert.equal(restartFragment('v=0\r\nm=audio 9 X 0\r\na=mid:0\r\n'), null);
    assert.equal(restartFragment('v=0\r\n'), null);
});

test('reads a fragment with either line end', () => {
    const want = { ufrag: 'a', pwd: 'b', candidates: ['a=candidate:1 1 udp 1 192.0.2.1 5 typ host'] };
    const text = 'a=ice-lite\r\na=ice-ufrag:a\r\na=ice-pwd:b\r\na=candidate:1 1 udp 1 192.0.2.1 5 typ host\r\n';
    assert.deepEqual(readFragment(text), want);
    assert.deepEqual(readFragment(text.replaceAll('\r\n', '\n')), want);
    assert.equal(readFragment('a=ice-ufrag:a\r\n'), null);
});

const ANSWER = ['v=0', 'm=audio 9 X 0', 'a=mid:0', 'a=ice-ufrag:old', 'a=ice-pwd:oldold', 'a=candidate:1 old', 'a=candidate:2 old',
    'a=end-of-candidates', 'm=video 9 X 0', 'a=mid:1', 'a=ice-ufrag:old', 'a=ice-pwd:oldold', ''].join('\r\n');

test('puts new credentials into every section and new candidates into the first', () => {
    const got = restartedAnswer(ANSWER, { ufrag: 'new', pwd: 'newnew', candidates: ['a=candidate:9 new'] });
    assert.equal(got, ANSWER.replaceAll('oldold', 'newnew').replaceAll('ufrag:old', 'ufrag:new')
        .replace('a=candidate:1 old\r\na=candidate:2 old', 'a=candidate:9 new'));
});

test('keeps the candidates when the fragment has none', () => {
    const got = restartedAnswer(ANSWER, { ufrag: 'old', pwd: 'oldold', candidates: [] });
    assert.equal(got, ANSWER);
});

test('reads TURN servers from Link', () => {
    const link = '<stun:stun.example.net>; rel="ice-server", <turn:turn.example.net?transport=udp>; rel="ice-server"; '
        + 'username="us,er;1"; credential="a\\"b"; credential-type="password", <https://x.example/>; rel="next"';
    assert.deepEqual(readIceServers(link), [
        { urls: 'stun:stun.example.net' },
        { urls: 'turn:turn.example.net?transport=udp', username: 'us,er;1', credential: 'a"b' },
    ]);
    assert.deepEqual(readIceServers(null), []);
    assert.deepEqual(readIceServers('nonsense'), []);
});

test('offers repeats for every Opus section, once', () => {
    const offer = vector('chromium-156.0.8078.79-conference-8.sdp');
    const changed = withAudioNack(offer);
    const count = (text) => [...text.matchAll(/^a=rtcp-fb:111 nack\r$/gm)].length;
    assert.equal(count(offer), 0);
    assert.equal(count(changed), [...offer.matchAll(/^m=audio/gm)].length);
    assert.equal(withAudioNack(changed), changed);
    assert.equal(changed.replaceAll('a=rtcp-fb:111 nack\r\n', ''), offer);
});

test('an offer without Opus stays as it is', () => {
    const offer = 'v=0\r\nm=audio 9 X 0\r\na=rtpmap:0 PCMU/8000\r\nm=video 9 X 96\r\na=rtpmap:96 VP8/90000\r\n';
    assert.equal(withAudioNack(offer), offer);
});

test('marks the one m-line that shows a screen', () => {
    const offer = vector('chromium-156.0.8078.79-conference-8.sdp');
    const marked = withSlides(offer, '15');
    assert.equal(marked.replace('a=content:slides\r\n', ''), offer);
    assert.ok(marked.indexOf('a=content:slides') > marked.indexOf('a=mid:15'));
    assert.equal(withSlides(offer, 'none'), offer);
});
