// What the page says to people: one lasting notice with an optional button, and toasts that pass.

import { byId, element } from './dom.js';

const TOAST_MS = 3500;
const TOASTS_AT_ONCE = 3;

let current = null;

/**
 * Shows a notice until it is dismissed or replaced.
 *
 * @param key    what it is about; clearNotice(key) takes back only this one
 * @param text   the sentence
 * @param action {label, run} for a button, or null
 * @param tone   'alarm' or 'calm'
 */
export function showNotice(key, text, { action = null, tone = 'alarm' } = {}) {
    const box = byId('notice');
    const button = byId('notice-action');
    current = key;
    if (byId('notice-text').textContent !== text) {
        byId('notice-text').textContent = text;
    }
    box.dataset.key = key;
    box.dataset.tone = tone;
    button.hidden = action === null;
    button.textContent = action?.label ?? '';
    button.onclick = action?.run ?? null;
    byId('notice-close').onclick = () => clearNotice(key);
    box.hidden = false;
}

/** Takes a notice back; without a key, whichever is shown. */
export function clearNotice(key = current) {
    if (key === current) {
        current = null;
        byId('notice').hidden = true;
        delete byId('notice').dataset.key;
    }
}

export function noticeKey() {
    return current;
}

export function toast(text) {
    const box = byId('toasts');
    const node = element('div', { className: 'toast', textContent: text });
    box.append(node);
    while (box.childElementCount > TOASTS_AT_ONCE) {
        box.firstElementChild.remove();
    }
    setTimeout(() => node.classList.add('going'), TOAST_MS);
    setTimeout(() => node.remove(), TOAST_MS + 300);
}
