// When to restart ICE, when to join anew, when to wait: the page's one machine for broken calls. Sans I/O: time comes
// in as an argument (milliseconds), actions come out of poll().
//
//   joining ──ok──► settling ──connected──► steady ──disconnected──► suspect ──┐
//      ▲               │ too long              ▲                                ▼
//      └── waiting ◄───┴──── unreachable ──────┴───── connected ── settling ◄─ restarting
//
// `cause` says what a waiting person may be told: 'server' (no answer), 'path' (answered, media does not pass).

import { backoffMs } from './backoff.js';

/** A dropout this short often heals by itself; libwebrtc reports "disconnected" after about 5 s without replies. */
export const SUSPECT_MS = 1500;
/** A restart takes some 20 ms plus round trips; after this it has not worked. */
export const SETTLE_MS = 6000;
/** ICE and DTLS over a lossy link need seconds; after this no path will be found. */
export const CONNECT_MS = 15000;
/** A restarting relay is back within seconds, and nobody wants to stare at a frozen call for longer than that. */
export const MAX_WAIT_MS = 6000;

export class Recovery {
    #random;
    #tries = 0;
    #deadline = Infinity;
    #next = 'join';
    #connection = 'new';

    constructor({ random = Math.random } = {}) {
        this.#random = random;
        this.state = 'idle';
        this.cause = null;
        this.everConnected = false;
    }

    #go(state, deadline, next = this.#next) {
        this.state = state;
        this.#deadline = deadline;
        this.#next = next;
    }

    #steady() {
        this.#go('steady', Infinity);
        this.#tries = 0;
        this.cause = null;
    }

    #wait(action, now, atLeastMs = 0) {
        const wait = Math.max(atLeastMs, backoffMs(this.#tries, { cap: MAX_WAIT_MS, random: this.#random }));
        this.#tries++;
        this.#go('waiting', now + wait, action);
    }

    get ended() {
        return this.state === 'ended';
    }

    /** True while one of our requests is on its way. */
    get busy() {
        return this.state === 'joining' || this.state === 'restarting';
    }

    begin(now) {
        this.#go('waiting', now, 'join');
    }

    end() {
        this.#go('ended', Infinity);
    }

    /** RTCPeerConnection.connectionState has become `state`. */
    connection(state, now) {
        this.#connection = state;
        if (state === 'connected') {
            this.everConnected = true;
            if (['settling', 'suspect', 'steady'].includes(this.state)
                || (this.state === 'waiting' && this.cause === 'path')) {
                this.#steady();
            }
        } else if (this.state === 'steady' && state === 'disconnected') {
            this.#go('suspect', now + SUSPECT_MS, 'restart');
        } else if (state === 'failed' && ['steady', 'suspect'].includes(this.state)) {
            this.#go('suspect', now, 'restart');
        } else if (state === 'failed' && this.state === 'settling') {
            this.#deadline = now;
        }
    }

    /** The events connection cannot be reopened: ask by a restart, which a relay that forgot us answers with 404. */
    eventsLost(now) {
        if (this.state === 'steady') {
            this.#go('suspect', now, 'restart');
        }
    }

    /** The relay says that it goes away: join anew soon, not all at once. */
    moved(now) {
        if (!this.ended && !this.busy) {
            this.cause = 'server';
            this.#wait('join', now);
        }
    }

    /** Somebody pressed "Try now", or the network came back. */
    hurry(now) {
        if (this.state === 'waiting' || this.state === 'suspect') {
            this.#deadline = now;
        }
    }

    /**
     * A request that poll() asked for has ended.
     *
     * @param outcome 'ok', 'gone' (no such session), 'refused' (this request will not do), 'unreachable'
     *                (no answer, or come again later), 'final' (do not come again)
     * @param retryAfterMs what the relay asked for, with 'unreachable'
     */
    done(outcome, now, retryAfterMs = 0) {
        const wasRestart = this.state === 'restarting';
        if (!this.busy) {
            return;
        }
        if (outcome === 'ok') {
            this.cause = null;
            if (this.#connection === 'connected') {
                this.#steady();
            } else {
                this.#go('settling', now + (wasRestart ? SETTLE_MS : CONNECT_MS), 'join');
            }
        } else if (outcome === 'unreachable') {
            this.cause = 'server';
            this.#wait(wasRestart ? 'restart' : 'join', now, retryAfterMs);
        } else if (wasRestart && outcome !== 'final') {
            // A spread of half a second, because everybody in the room learns this at the same time.
            this.#go('waiting', now + Math.round(this.#random() * 500), 'join');
        } else {
            this.end();
        }
    }

    /** Milliseconds-time at which poll() wants to be called, Infinity for never. */
    nextDeadline() {
        return this.#deadline;
    }

    /** What to do now: 'join', 'restart', or null. The caller does it and reports with done(). */
    poll(now) {
        if (now < this.#deadline) {
            return null;
        }
        if (this.state === 'settling') {
            this.cause = 'path';
            this.#wait('join', now);
            return null;
        }
        const action = this.#next;
        if (action === 'join') {
            this.#connection = 'new';
        }
        this.#go(action === 'join' ? 'joining' : 'restarting', Infinity);
        return action;
    }
}
