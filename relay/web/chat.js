// The chat panel.

import { chatFits, chatParts, chatText } from './chat_text.js';
import { byId, element, label } from './dom.js';
import { sentence } from './errors.js';
import { toast } from './notice.js';

const GROUP_MS = 120000;
const KEPT = 500;

export class Chat {
    #send;
    #unread = 0;
    #last = { from: null, atMs: -Infinity };

    /** `send(text)` returns false when there is no connection. */
    constructor(send) {
        this.#send = send;
        byId('chat-toggle').onclick = () => this.toggle();
        byId('chat-close').onclick = () => this.toggle(false);
        byId('chat-form').onsubmit = (event) => {
            event.preventDefault();
            this.#submit();
        };
        byId('chat-text').onkeydown = (event) => {
            if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
                event.preventDefault();
                this.#submit();
            }
        };
        byId('chat-text').oninput = () => this.#fit();
        this.#count();
    }

    get open() {
        return !byId('chat').hidden;
    }

    get unread() {
        return this.#unread;
    }

    clear() {
        byId('chat-log').replaceChildren();
        byId('chat-empty').hidden = false;
        this.#last = { from: null, atMs: -Infinity };
        this.#unread = 0;
        this.toggle(false);
    }

    toggle(open = !this.open) {
        const hadFocus = byId('chat').contains(document.activeElement);
        byId('chat').hidden = !open;
        byId('chat-toggle').setAttribute('aria-expanded', String(open));
        if (open) {
            this.#unread = 0;
            byId('chat-text').focus();
            byId('chat-log').scrollTop = byId('chat-log').scrollHeight;
        } else if (hadFocus) {
            byId('chat-toggle').focus();
        }
        this.#count();
    }

    /** A message from somebody else. */
    receive(from, name, payload) {
        const text = chatText(payload);
        if (text === null) {
            return;
        }
        this.#add(from, name, text, false);
        if (!this.open) {
            this.#unread++;
            this.#count();
            toast(`${name}: ${text}`);
        }
    }

    #submit() {
        const box = byId('chat-text');
        const text = box.value.trim();
        if (text === '') {
            return;
        }
        if (!chatFits(text)) {
            toast(sentence('chat-long'));
        } else if (!this.#send(text)) {
            toast(sentence('chat-offline'));
        } else {
            this.#add(null, 'You', text, true);
            box.value = '';
            this.#fit();
        }
    }

    #fit() {
        const box = byId('chat-text');
        box.style.height = 'auto';
        box.style.height = `${Math.min(140, Math.max(44, box.scrollHeight + 3))}px`;
    }

    #add(from, name, text, mine) {
        const log = byId('chat-log');
        const atMs = Date.now();
        const first = from !== this.#last.from || atMs - this.#last.atMs > GROUP_MS || log.childElementCount === 0;
        const atEnd = mine || log.scrollHeight - log.scrollTop - log.clientHeight < 60;
        const body = element('div', { className: 'chat-body' }, ...chatParts(text).map((part) => (part.link
            ? element('a', { href: part.text, target: '_blank', rel: 'noopener noreferrer', textContent: part.text })
            : part.text)));
        const item = element('li', { className: `${mine ? 'mine ' : ''}${first ? 'first' : ''}`.trim() });
        if (first) {
            const time = element('time', { dateTime: new Date(atMs).toISOString(), textContent: new Date(atMs).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' }) });
            item.append(element('div', { className: 'chat-who' }, element('span', { textContent: name }), time));
        }
        item.append(body);
        log.append(item);
        while (log.childElementCount > KEPT) {
            log.firstElementChild.remove();
        }
        byId('chat-empty').hidden = true;
        this.#last = { from, atMs };
        if (atEnd) {
            log.scrollTop = log.scrollHeight;
        }
    }

    #count() {
        const count = byId('chat-count');
        count.hidden = this.#unread === 0;
        count.textContent = this.#unread > 99 ? '99+' : String(this.#unread);
        const word = this.open ? 'Close the chat' : 'Open the chat';
        label(byId('chat-toggle'), this.#unread > 0 ? `${word}, ${this.#unread} unread` : word, 'C');
    }
}
