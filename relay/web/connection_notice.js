// What the page says while the connection is not as it should be.

import { sentence, waitingSentence } from './errors.js';
import { clearNotice, noticeKey, showNotice } from './notice.js';

const COUNT_MS = 500;

export class ConnectionNotice {
    #timer = null;

    /** Call it whenever the state of this call has changed. */
    draw(call) {
        clearTimeout(this.#timer);
        const { recovery, events } = call;
        if (!recovery.everConnected && recovery.cause === null && noticeKey() !== 'connection') {
            return; // the first join speaks through its button
        }
        if (recovery.state === 'waiting' && recovery.cause !== null) {
            const waitMs = recovery.nextDeadline() - performance.now();
            showNotice('connection', waitingSentence(recovery.cause, waitMs), { action: { label: 'Try now', run: () => call.hurry() } });
            this.#timer = setTimeout(() => this.draw(call), COUNT_MS);
        } else if (['restarting', 'settling', 'waiting', 'joining'].includes(recovery.state)) {
            showNotice('connection', sentence('reconnecting'), { tone: 'calm' });
        } else if (recovery.state === 'steady' && events.failures > 2) {
            showNotice('events', sentence('events-lost'));
        } else if (recovery.state === 'steady') {
            clearNotice('connection');
            if (events.connected) {
                clearNotice('events');
            }
        }
    }

    stop() {
        clearTimeout(this.#timer);
    }
}
