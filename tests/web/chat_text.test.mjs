import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chatFits, chatParts, chatText } from '../../relay/web/chat_text.js';

test('fits are measured in bytes as sent', () => {
    assert.ok(chatFits('a'.repeat(4094)));
    assert.ok(!chatFits('a'.repeat(4095)));
    assert.ok(!chatFits('ü'.repeat(2048)));
    assert.ok(!chatFits('"'.repeat(2048)));
});

test('takes texts and objects with a text, nothing else', () => {
    assert.equal(chatText('hi'), 'hi');
    assert.equal(chatText({ text: 'hi' }), 'hi');
    for (const none of ['', '  ', null, undefined, 5, {}, { text: 5 }, []]) {
        assert.equal(chatText(none), null);
    }
});

test('finds links and leaves punctuation outside', () => {
    assert.deepEqual(chatParts('see https://a.example/x?y=1. Or (http://b.example)!'), [
        { text: 'see ', link: false },
        { text: 'https://a.example/x?y=1', link: true },
        { text: '. Or (', link: false },
        { text: 'http://b.example', link: true },
        { text: ')!', link: false },
    ]);
});

test('never makes a link of a script', () => {
    for (const text of ['javascript:alert(1)', 'data:text/html,x', '<img src=x>', 'https://']) {
        assert.ok(chatParts(text).every(({ link }) => !link), text);
    }
});
