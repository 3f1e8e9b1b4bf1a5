// Chat messages as data: what may be sent, what came, and which parts are links.

/** The relay takes 4 KiB of payload (API.md 2); JSON quoting may add to the text. */
const LIMIT_BYTES = 4096;
const LINK = /https?:\/\/[^\s<>"]+[^\s<>"'.,;:!?)\]}]/g;

/** True when the message fits. */
export function chatFits(text) {
    return new TextEncoder().encode(JSON.stringify(text)).length <= LIMIT_BYTES;
}

/** The text of a payload, which other clients may wrap in an object; null when there is none. */
export function chatText(payload) {
    const text = payload !== null && typeof payload === 'object' ? payload.text : payload;
    return typeof text === 'string' && text.trim() !== '' ? text : null;
}

/** Splits a text into [{text, link}], so that links become anchors without any HTML being read. */
export function chatParts(text) {
    const parts = [];
    let from = 0;
    for (const { 0: link, index } of text.matchAll(LINK)) {
        if (index > from) {
            parts.push({ text: text.slice(from, index), link: false });
        }
        parts.push({ text: link, link: true });
        from = index + link.length;
    }
    if (from < text.length) {
        parts.push({ text: text.slice(from), link: false });
    }
    return parts;
}
