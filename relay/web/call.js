// One call from joining to leaving: peer connection, HTTP session and events held together by recovery.js.
//
// Events: 'state' (recovery moved), 'events' (the events connection is open), 'roster' (.what changed, .message, .name
// of whom it is about), 'message' (.message, all that is not the roster's), 'peer' (a new RTCPeerConnection; .again),
// 'ended' (.refusal or null).

import { Events } from './events.js';
import { Peer } from './peer.js';
import { Recovery } from './recovery.js';
import { Roster } from './roster.js';
import { Refusal, Session } from './session.js';
import { Wishes } from './wishes.js';

/** After how many failed reopenings of the WebSocket the relay is asked whether it still knows us. */
const PROBE_AFTER = 2;
const PROBE_EVERY = 8;

export class Call extends EventTarget {
    #devices;
    #screen;
    #token;
    #slots;
    #feeds;
    #handUp = false;
    #timer = null;
    #joined = false;
    #muteSent = {};
    #work = Promise.resolve();

    /** `slots` as in Peer, `feeds` as in Session.join(). */
    constructor({ origin, room, name, token, devices, screen, slots, feeds = {} }) {
        super();
        Object.assign(this, { origin, room, name, peer: null, session: null });
        this.#token = token;
        this.#devices = devices;
        this.#screen = screen;
        this.#slots = slots;
        this.#feeds = feeds;
        this.roster = new Roster();
        this.recovery = new Recovery();
        this.events = new Events();
        this.wishes = new Wishes((message) => this.events.send(message));
        this.events.addEventListener('open', () => this.#eventsOpen());
        this.events.addEventListener('lost', () => this.#eventsLost());
        this.events.addEventListener('message', ({ message }) => this.#receive(message));
    }

    #emit(type, fields = {}) {
        this.dispatchEvent(Object.assign(new Event(type), fields));
    }

    start() {
        this.recovery.begin(performance.now());
        this.#turn();
    }

    /** Does what recovery asks for, tells the page, and sets the clock. */
    #turn() {
        clearTimeout(this.#timer);
        if (this.recovery.ended) {
            return;
        }
        const action = this.recovery.poll(performance.now());
        if (action === 'join') {
            this.#run(() => this.#join());
        } else if (action === 'restart') {
            this.#run(() => this.peer.restart((fragment) => this.session.restart(fragment), this.session.iceServers));
        }
        this.#emit('state');
        const wait = this.recovery.nextDeadline() - performance.now();
        if (Number.isFinite(wait)) {
            this.#timer = setTimeout(() => this.#turn(), Math.max(0, wait));
        }
    }

    async #run(request) {
        let refusal = null;
        try {
            await request();
        } catch (error) {
            refusal = error instanceof Refusal ? error : new Refusal(-1, { detail: error.message });
        }
        if (!this.recovery.ended) {
            this.#report(refusal);
        }
        this.#turn();
    }

    #report(refusal) {
        const now = performance.now();
        if (refusal === null) {
            this.recovery.done('ok', now);
            return;
        }
        this.lastRefusal = refusal;
        const first = this.recovery.state === 'joining' && !this.recovery.everConnected && !this.#joined;
        let { outcome } = refusal;
        if (refusal.status === 409 && this.recovery.everConnected) {
            outcome = 'unreachable'; // our own former self may still hold the place
        }
        this.recovery.done(first ? 'final' : outcome, now, refusal.retryAfterMs);
        if (this.recovery.ended) {
            this.#close();
            this.#emit('ended', { refusal });
        }
    }

    async #join() {
        this.#dropSession();
        const devices = this.#devices;
        const tracks = { ...devices.tracks, screen: this.#screen.track };
        const peer = new Peer({ tracks, sends: devices.sends, slots: this.#slots });
        const session = new Session({ origin: this.origin, token: this.#token });
        this.peer = peer;
        this.session = session;
        try {
            const answer = await session.join(this.room, this.name, await peer.offer(), this.#feeds);
            if (this.peer !== peer) {
                session.leave();
                return;
            }
            peer.pc.onconnectionstatechange = () => this.#connectionChanged(peer);
            await peer.accept(answer, session.iceServers);
        } catch (error) {
            session.leave();
            throw error;
        }
        this.#muteSent = { audio: false, video: false };
        this.#emit('peer', { again: this.#joined });
        this.#joined = true;
        this.events.open(session.events());
        this.syncTracks();
    }

    #connectionChanged(peer) {
        if (peer === this.peer) {
            this.recovery.connection(peer.pc.connectionState, performance.now());
            this.#turn();
        }
    }

    #eventsOpen() {
        this.syncMute();
        this.wishes.again();
        if (this.#handUp) {
            this.events.send({ type: 'hand', payload: { up: true } });
        }
        this.#emit('events');
        this.#emit('state');
    }

    #eventsLost() {
        const { failures } = this.events;
        this.#muteSent = {}; // whatever was under way may not have arrived
        this.peer?.wantLayers(null);
        if (failures === PROBE_AFTER || (failures > PROBE_AFTER && failures % PROBE_EVERY === 0)) {
            this.recovery.eventsLost(performance.now());
        }
        this.#turn();
    }

    #receive(message) {
        if (message.type === 'layers') {
            this.peer?.wantLayers(message.layers ?? []);
            return;
        }
        const name = this.roster.nameOf(message.participant?.id ?? message.participant);
        const what = this.roster.apply(message);
        if (what === 'all' && this.#handUp) {
            this.roster.hands.set(this.roster.me, true);
        }
        if (what !== null) {
            this.#emit('roster', { what, message, name });
        } else if (message.type === 'removed') {
            this.end();
            this.#emit('message', { message });
        } else if (message.type === 'closing') {
            this.#closing(message);
            this.#emit('message', { message });
        } else {
            this.#emit('message', { message });
        }
    }

    /** The relay drains. With another node named, go there; otherwise stay until the line breaks. */
    #closing({ url }) {
        if (typeof url === 'string' && url !== '') {
            this.origin = new URL(url, this.origin).origin;
            this.recovery.moved(performance.now());
            this.#turn();
        }
    }

    /** Tells the relay what is muted, once per change. */
    syncMute() {
        for (const kind of ['audio', 'video']) {
            const on = !this.#devices.on[kind];
            if (this.#devices.sends[kind] && this.#muteSent[kind] !== on && this.events.send({ type: 'mute', kind, on })) {
                this.#muteSent[kind] = on;
            }
        }
    }

    /** Sends the device tracks as they are now; offers anew when something is sent for the first time. */
    syncTracks() {
        this.#work = this.#work.then(() => this.#syncTracks()).catch(() => {});
    }

    async #syncTracks() {
        const { peer, session } = this;
        if (peer === null || !peer.ready || this.recovery.ended) {
            return; // a join that is under way ends with a call of ours
        }
        let offerDue = false;
        for (const kind of ['audio', 'video']) {
            offerDue = await peer.send(kind, this.#devices.tracks[kind]) || offerDue;
        }
        offerDue = await peer.send('screen', this.#screen.track) || offerDue;
        if (offerDue) {
            await this.#reoffer(peer, session);
        }
        this.syncMute();
    }

    async #reoffer(peer, session) {
        try {
            await peer.accept(await session.reoffer(await peer.offer()));
            if (peer.screenRefused) {
                this.#screen.stop('screen-refused');
            }
        } catch {
            if (this.#screen.on && peer.screen?.currentDirection !== 'sendonly') {
                this.#screen.stop('screen-refused'); // else every new session would be refused, too
            }
            // The session cannot be changed: a new one has it all from the start.
            this.recovery.begin(performance.now());
            this.#turn();
        }
    }

    chat(payload) {
        return this.events.send({ type: 'chat', payload });
    }

    /** Raises or lowers the own hand; false when there is no connection to say so. */
    hand(up) {
        if (!this.events.send({ type: 'hand', payload: { up } })) {
            return false;
        }
        this.#handUp = up;
        this.roster.hands.set(this.roster.me, up);
        return true;
    }

    get handUp() {
        return this.#handUp;
    }

    /** Tells the relay how our ears and eyes fare (rtp_stats.js). */
    report(message) {
        return this.events.send(message);
    }

    hurry() {
        this.recovery.hurry(performance.now());
        this.#turn();
    }

    #dropSession() {
        this.events.close();
        this.peer?.close();
        this.session?.leave();
        this.peer = null;
        this.wishes.forget();
    }

    #close() {
        clearTimeout(this.#timer);
        this.#dropSession();
    }

    /** Leaves for good. */
    end() {
        this.recovery.end();
        this.#close();
        this.#emit('ended', { refusal: null });
    }
}
