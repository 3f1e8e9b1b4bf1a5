import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inviteLink, listenLink, readAddress, roomFromText, roomIsValid, suggestRoom } from '../../relay/web/params.js';

test('takes room, name, token and switches from the address', () => {
    const got = readAddress('https://t.example/r/quiet-otter?name=Ann%20Lee&autojoin=1&audio=0&token=abc&slots=25');
    assert.deepEqual(got, { room: 'quiet-otter', name: 'Ann Lee', token: 'abc', autojoin: true, audio: false, video: true, slots: 25, listen: false, picture: 'grid' });
});

test('prefers the token behind the hash, which never reaches a server log', () => {
    assert.equal(readAddress('https://t.example/r/a?token=query#token=hash').token, 'hash');
});

test('asks for nothing when the address says nothing', () => {
    const got = readAddress('http://localhost:8080/');
    assert.deepEqual(got, { room: '', name: '', token: '', autojoin: false, audio: true, video: true, slots: 0, listen: false, picture: 'grid' });
});

test('takes only numbers for slots', () => {
    for (const [text, want] of [['-3', 0], ['x', 0], ['', 0], ['4.7', 4]]) {
        assert.equal(readAddress(`http://localhost/r/a?slots=${text}`).slots, want);
    }
});

test('tells who only listens, and to what', () => {
    const read = (query) => {
        const { listen, picture, video } = readAddress(`http://localhost/r/a${query}`);
        return [listen, picture, video];
    };
    assert.deepEqual(read('?listen'), [true, 'grid', true]);
    assert.deepEqual(read('?listen=1&video=grid'), [true, 'grid', true]);
    assert.deepEqual(read('?listen&video=speaker'), [true, 'speaker', true]);
    assert.deepEqual(read('?listen&video=off'), [true, 'grid', false]);
    assert.deepEqual(read('?listen=0'), [false, 'grid', true]);
    assert.equal(listenLink('https://t.example', 'a'), 'https://t.example/r/a?listen');
});

test('survives a broken escape in the path', () => {
    assert.equal(readAddress('http://localhost/r/%zz').room, '%zz');
});

test('cuts names at 64 characters without splitting one', () => {
    assert.equal([...readAddress(`http://localhost/?name=${encodeURIComponent('😀'.repeat(80))}`).name].length, 64);
});

test('knows the room names of the relay', () => {
    for (const good of ['a', 'A.b_c~d-9', 'x'.repeat(64)]) {
        assert.ok(roomIsValid(good), good);
    }
    for (const bad of ['', 'x'.repeat(65), 'a b', 'a/b', 'ü']) {
        assert.ok(!roomIsValid(bad), bad);
    }
});

test('makes typed room names acceptable', () => {
    assert.equal(roomFromText('  Büro am  Markt! '), 'Buro-am-Markt');
    assert.equal(roomFromText('日本'), '');
});

test('suggests only names that the relay takes', () => {
    for (let at = 0; at < 1; at += 0.01) {
        assert.ok(roomIsValid(suggestRoom(() => at)));
    }
});

test('invites without name and token', () => {
    assert.equal(inviteLink('https://t.example', 'a~b'), 'https://t.example/r/a~b');
});
