import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

const ROOT = new URL('../../relay/web/', import.meta.url);
const read = (name) => readFileSync(new URL(name, ROOT), 'utf8');
const files = readdirSync(ROOT);
const html = read('index.html');

test('the page keeps its own content security policy', () => {
    assert.doesNotMatch(html, /<style|\sstyle=|\son[a-z]+=|<script(?![^>]*src=)/i, 'no inline scripts or styles');
    for (const name of files) {
        const urls = read(name).matchAll(/(?:src|href)="([a-z]+:[^"]*)"|url\(([^)]*)\)|from '([^.'][^']*)'/g);
        assert.deepEqual([...urls].map(([all]) => all), [], `${name} reaches outside`);
    }
});

test('every asset that is named exists', () => {
    for (const [, name] of html.matchAll(/\/assets\/([\w.-]+)/g)) {
        assert.ok(existsSync(new URL(name, ROOT)), name);
    }
    for (const name of files.filter((each) => each.endsWith('.js'))) {
        for (const [, from] of read(name).matchAll(/from '\.\/([\w.]+)'/g)) {
            assert.ok(existsSync(new URL(from, ROOT)), `${name} imports ${from}`);
        }
    }
});

test('every icon that is used is drawn', () => {
    const drawn = new Set([...read('icons.svg').matchAll(/<symbol id="([\w-]+)"/g)].map(([, id]) => id));
    const used = [...html.matchAll(/icons\.svg#([\w-]+)/g)].map(([, id]) => id);
    for (const name of files.filter((each) => each.endsWith('.js'))) {
        used.push(...[...read(name).matchAll(/\bicon\('([\w-]+)'|\bsetIcon\([^']*(?:'[^']*'\))?, '([\w-]+)'/g)].map(([, first, second]) => first ?? second));
    }
    used.push('theme-light', 'theme-dark', 'mic-off', 'camera-off', 'unpin', 'screen-off', 'gallery'); // names that are put together
    assert.ok(used.length > 20);
    for (const id of used) {
        assert.ok(drawn.has(id), id);
    }
});

test('every element that scripts ask for is there, once', () => {
    const ids = [...html.matchAll(/\sid="([\w-]+)"/g)].map(([, id]) => id);
    assert.equal(new Set(ids).size, ids.length);
    for (const name of files.filter((each) => each.endsWith('.js'))) {
        for (const [, id] of read(name).matchAll(/byId\('([\w-]+)'\)/g)) {
            assert.ok(ids.includes(id), `${name} asks for #${id}`);
        }
    }
});

test('the controls that tests drive keep their names', () => {
    for (const id of ['name', 'room', 'join', 'leave', 'mute', 'camera', 'chat-toggle', 'chat-text', 'chat-send', 'copy-link', 'badge', 'notice',
        'share', 'hand', 'view', 'more', 'menu-stats', 'settings', 'people', 'page-back', 'page-on']) {
        assert.match(html, new RegExp(`\\sid="${id}"`));
    }
});

test('every button has a name', () => {
    for (const [button, attributes, inside] of html.matchAll(/<button([^>]*)>([\s\S]*?)<\/button>/g)) {
        const text = inside.replace(/<[^>]*>/g, '').trim();
        const named = /aria-label=/.test(attributes) || text !== '';
        const later = ['mute', 'camera', 'lobby-mute', 'lobby-camera', 'share', 'hand', 'view', 'people', 'more', 'chat-toggle', 'notice-action'].some((id) => attributes.includes(`id="${id}"`));
        assert.ok(named || later, button);
    }
});
