// The HTTP life of one participant (API.md 1): join, restart ICE, offer anew, leave.

import { readIceServers } from './sdp.js';

const TIMEOUT_MS = 10000;

/** An answer that was not the hoped-for one. `status` is 0 when there was none at all. */
export class Refusal extends Error {
    constructor(status, problem = null, retryAfterMs = 0) {
        super(problem?.detail ?? problem?.title ?? `status ${status}`);
        this.name = 'Refusal';
        this.status = status;
        this.problem = problem;
        this.retryAfterMs = retryAfterMs;
    }

    /** The word that recovery.js understands. */
    get outcome() {
        if (this.status === 0 || this.status === 429 || this.status >= 500) {
            return 'unreachable';
        }
        if (this.status === 404 || this.status === 410) {
            return 'gone';
        }
        return [401, 403].includes(this.status) ? 'final' : 'refused';
    }
}

async function refusalFrom(response) {
    let problem = null;
    try {
        problem = JSON.parse((await response.text()).slice(0, 65536));
    } catch {
        // Not a problem document: the status has to do.
    }
    const retryAfter = Number(response.headers.get('Retry-After'));
    return new Refusal(response.status, problem, retryAfter > 0 ? retryAfter * 1000 : 0);
}

export class Session {
    #fetch;
    #token;

    /**
     * @param origin where the relay is, for example location.origin
     * @param token  JWT or ''
     */
    constructor({ origin, token = '', fetch = globalThis.fetch }) {
        this.#fetch = (...args) => fetch(...args);
        this.#token = token;
        this.origin = origin;
        this.url = null;
        this.etag = null;
        this.iceServers = [];
    }

    async #send(url, method, { type, body, headers = {} } = {}) {
        const all = { ...headers };
        if (type) {
            all['Content-Type'] = type;
        }
        if (this.#token) {
            all.Authorization = `Bearer ${this.#token}`;
        }
        let response;
        try {
            response = await this.#fetch(url, { method, headers: all, body, signal: AbortSignal.timeout(TIMEOUT_MS) });
        } catch {
            throw new Refusal(0);
        }
        if (!response.ok) {
            throw await refusalFrom(response);
        }
        return response;
    }

    async #textOf(response) {
        try {
            return await response.text();
        } catch {
            throw new Refusal(0);
        }
    }

    /**
     * Joins with an offer; returns the answer. The relay's name for us is in `url` and `etag` afterwards.
     *
     * @param feeds what the slots are to be fed by (API.md 1): {audio, video}, each may miss
     */
    async join(room, name, offer, feeds = {}) {
        const fields = String(new URLSearchParams({ ...(name ? { name } : {}), ...feeds }));
        const query = fields !== '' ? `?${fields}` : '';
        const response = await this.#send(`${this.origin}/call/${encodeURIComponent(room)}${query}`, 'POST',
            { type: 'application/sdp', body: offer, headers: { Accept: 'application/sdp' } });
        const location = response.headers.get('Location');
        const answer = await this.#textOf(response);
        if (location === null || !answer.startsWith('v=0')) {
            throw new Refusal(response.status, { detail: 'the answer has no Location or no SDP' });
        }
        this.url = new URL(location, response.url || this.origin).href;
        this.etag = response.headers.get('ETag');
        this.iceServers = readIceServers(response.headers.get('Link'));
        return answer;
    }

    /** Restarts ICE (RFC 9725 4.4.2): sends our fragment, returns the relay's. */
    async restart(fragment) {
        const response = await this.#send(this.url, 'PATCH',
            { type: 'application/trickle-ice-sdpfrag', body: fragment, headers: { 'If-Match': '"*"' } });
        this.etag = response.headers.get('ETag') ?? this.etag;
        return this.#textOf(response);
    }

    /** Offers anew on the same session, when a camera or microphone came later; returns the answer. */
    async reoffer(offer) {
        const response = await this.#send(this.url, 'PATCH',
            { type: 'application/sdp', body: offer, headers: this.etag ? { 'If-Match': this.etag } : {} });
        this.etag = response.headers.get('ETag') ?? this.etag;
        return this.#textOf(response);
    }

    /** Leaves. Works while the page is being closed, and never fails: a relay that missed it notices by itself. */
    leave() {
        if (this.url === null) {
            return;
        }
        const headers = this.#token ? { Authorization: `Bearer ${this.#token}` } : {};
        this.#fetch(this.url, { method: 'DELETE', headers, keepalive: true }).catch(() => {});
        this.url = null;
    }

    /** Where the events WebSocket is, and the subprotocols to ask for. */
    events() {
        const url = new URL(`${this.url}/events`);
        url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
        return { url: url.href, protocols: ['tandem.v1', ...(this.#token ? [`bearer.${this.#token}`] : [])] };
    }
}
