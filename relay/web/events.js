// The events WebSocket (API.md 2): JSON in and out, reopened when it breaks; media does not care.

import { backoffMs } from './backoff.js';

export class Events extends EventTarget {
    #socket = null;
    #timer = null;
    #make;
    #where = null;
    #setTimer;
    #clearTimer;

    /** `make(url, protocols)` opens a WebSocket; replaced in tests, like the timers. */
    constructor({ make = (url, protocols) => new WebSocket(url, protocols),
        setTimer = (fn, ms) => setTimeout(fn, ms), clearTimer = (id) => clearTimeout(id) } = {}) {
        super();
        this.#make = make;
        this.#setTimer = setTimer;
        this.#clearTimer = clearTimer;
        this.failures = 0;
    }

    get connected() {
        return this.#socket !== null && this.#socket.readyState === 1;
    }

    /** Opens for a new session, closing the one before. */
    open(where) {
        this.close();
        this.#where = where;
        this.failures = 0;
        this.#connect();
    }

    close() {
        this.#clearTimer(this.#timer);
        this.#timer = null;
        this.#where = null;
        const socket = this.#socket;
        this.#socket = null;
        socket?.close(1000);
    }

    /** Sends one message; false when there is no connection. */
    send(message) {
        if (!this.connected) {
            return false;
        }
        this.#socket.send(JSON.stringify(message));
        return true;
    }

    #connect() {
        const socket = this.#make(this.#where.url, this.#where.protocols);
        this.#socket = socket;
        socket.onopen = () => {
            if (socket === this.#socket) {
                this.failures = 0;
                this.dispatchEvent(new Event('open'));
            }
        };
        socket.onmessage = ({ data }) => {
            if (socket === this.#socket) {
                this.#receive(data);
            }
        };
        socket.onclose = () => {
            if (socket === this.#socket) {
                this.#lost();
            }
        };
    }

    #receive(data) {
        let message = null;
        try {
            message = JSON.parse(data);
        } catch {
            return;
        }
        if (message !== null && typeof message === 'object' && typeof message.type === 'string') {
            this.dispatchEvent(Object.assign(new Event('message'), { message }));
        }
    }

    #lost() {
        this.#socket = null;
        this.failures++;
        this.#timer = this.#setTimer(() => this.#connect(), backoffMs(this.failures - 1, { base: 300 }));
        this.dispatchEvent(new Event('lost'));
    }
}
