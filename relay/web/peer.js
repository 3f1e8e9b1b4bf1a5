// The RTCPeerConnection of a call: one offer with everything that we send and every slot that we can show.

import { cameraLayers, screenLayers, wantedOf } from './encodings.js';
import { readFragment, restartFragment, restartedAnswer, withAudioNack, withSlides } from './sdp.js';
import { SenderTuner } from './sender_tuner.js';

/**
 * Only what the relay can carry, the preferred first: twelve sections with every codec of a browser would make an offer
 * of 40 kB. RED carries each voice packet twice, so that a lost one costs nothing where a repeat would come too late.
 */
const CODECS = { audio: ['audio/red', 'audio/opus'], video: ['video/vp8', 'video/rtx'] };

function preferCodecs(transceiver, kind) {
    try {
        const all = RTCRtpReceiver.getCapabilities(kind).codecs;
        const wanted = CODECS[kind].flatMap((name) => all.filter(({ mimeType }) => mimeType.toLowerCase() === name));
        if (wanted.length > 0) {
            transceiver.setCodecPreferences(wanted);
        }
    } catch {
        // An older browser: it offers everything, which works as well.
    }
}

/** Firefox takes no changed description; there the offer stays as the browser made it. */
const MAY_CHANGE_OFFER = typeof navigator !== 'undefined' && !/firefox/i.test(navigator.userAgent);

function initOf(layers) {
    return layers.map(({ possible, ...encoding }) => ({ ...encoding }));
}

export class Peer {
    #answer = null;
    #told = new Map();
    #tuners = new Map();
    #camera = null;
    #cameraSize = [];

    /**
     * @param tracks {audio, video, screen}: MediaStreamTrack or null, what is sent from the start
     * @param sends  {audio, video}: whether to offer to send at all; a muted camera is still offered
     * @param slots  {audio, video}: how many voices and pictures can arrive at once, at least one of each
     */
    constructor({ tracks, sends, slots, iceServers = [] }) {
        this.pc = new RTCPeerConnection({ bundlePolicy: 'max-bundle', iceServers });
        this.stream = new MediaStream();
        this.audio = this.#addSender('audio', tracks.audio, sends.audio);
        this.video = this.#addSender('video', tracks.video, sends.video);
        this.screen = null;
        this.#addSlots('audio', slots.audio - 1);
        this.#addSlots('video', slots.video - 1);
        if (tracks.screen) {
            this.#addScreen(tracks.screen);
        }
    }

    #addSender(kind, track, sends) {
        const init = { direction: sends ? 'sendrecv' : 'recvonly', streams: [this.stream] };
        this.#camera = kind === 'video' ? track : this.#camera;
        const transceiver = kind === 'video'
            ? this.#addLayered(track ?? kind, init, this.#cameraLayers())
            : this.pc.addTransceiver(track ?? kind, init);
        preferCodecs(transceiver, kind);
        if (kind === 'video') {
            this.#addTuner(transceiver, () => this.#cameraLayers());
        }
        return transceiver;
    }

    #addLayered(trackOrKind, init, layers) {
        try {
            return this.pc.addTransceiver(trackOrKind, { ...init, sendEncodings: initOf(layers) });
        } catch {
            return this.pc.addTransceiver(trackOrKind, init); // no simulcast in this browser
        }
    }

    #addSlots(kind, count) {
        for (let at = 0; at < count; at++) {
            preferCodecs(this.pc.addTransceiver(kind, { direction: 'recvonly' }), kind);
        }
    }

    #addScreen(track) {
        const transceiver = this.#addLayered(track, { direction: 'sendonly', streams: [new MediaStream()] }, screenLayers());
        preferCodecs(transceiver, 'video');
        this.#addTuner(transceiver, screenLayers);
        this.screen = transceiver;
    }

    #addTuner(transceiver, layersOf) {
        this.#tuners.set(transceiver, new SenderTuner(transceiver.sender, () => {
            const layers = layersOf();
            return { layers, wanted: wantedOf(layers, this.#told.get(transceiver.mid) ?? []) };
        }));
    }

    /** Layers for the camera; while it is off, for the one before. */
    #cameraLayers() {
        const { width, height } = this.#camera?.getSettings?.() ?? {};
        if (width > 0 && height > 0) {
            this.#cameraSize = [width, height];
        }
        return cameraLayers(...this.#cameraSize);
    }

    /** What the relay wants of each layer (API.md 2, `layers`); null forgets it all: everything is wanted again. */
    wantLayers(told) {
        if (told === null) {
            this.#told.clear();
        }
        for (const each of told ?? []) {
            const mid = String(each.mid);
            const list = (this.#told.get(mid) ?? []).filter(({ rid, index }) => rid !== each.rid || index !== each.index);
            this.#told.set(mid, [...list, each]);
        }
        this.tune();
    }

    /** Rids of the camera that nobody wants now. */
    get unwanted() {
        return (this.#told.get(this.video.mid) ?? []).filter(({ wanted }) => !wanted).map(({ rid }) => rid);
    }

    /** Brings all encodings to what is due: after an answer, a new camera, a turned telephone, a message of the relay. */
    tune() {
        for (const [transceiver, tuner] of this.#tuners) {
            if (transceiver.currentDirection !== null) {
                tuner.tune();
            }
        }
    }

    async #describe(offer) {
        if (MAY_CHANGE_OFFER) {
            try {
                await this.pc.setLocalDescription({ type: 'offer', sdp: withAudioNack(offer.sdp) });
                return;
            } catch {
                // A browser that takes only its own words.
            }
        }
        await this.pc.setLocalDescription(offer);
    }

    /** Makes the offer and starts gathering; the relay needs no candidates of ours, so nobody waits for them. */
    async offer() {
        await this.#describe(await this.pc.createOffer());
        const { sdp } = this.pc.localDescription;
        return this.screen === null ? sdp : withSlides(sdp, this.screen.mid);
    }

    /** True once an offer has been answered and none is open. */
    get ready() {
        return this.#answer !== null && this.pc.signalingState === 'stable';
    }

    /** Servers that are known from now on serve the next gathering. */
    #use(iceServers) {
        if (iceServers.length > 0) {
            try {
                this.pc.setConfiguration({ ...this.pc.getConfiguration(), iceServers });
            } catch (error) {
                console.warn('ICE servers not used:', error.message); // Firefox refuses some ports; most calls need no server
            }
        }
    }

    async accept(answer, iceServers = []) {
        this.#use(iceServers);
        await this.pc.setRemoteDescription({ type: 'answer', sdp: answer });
        this.#answer = answer;
        this.tune();
    }

    /**
     * Restarts ICE. `exchange(fragment)` carries our fragment to the relay and returns the relay's; nothing changes here
     * before it has succeeded, so a failed restart costs nothing.
     */
    async restart(exchange, iceServers) {
        this.#use(iceServers);
        const offer = await this.pc.createOffer({ iceRestart: true });
        const fragment = readFragment(await exchange(restartFragment(offer.sdp)));
        if (fragment === null) {
            throw new Error('the relay sent no ICE credentials');
        }
        await this.#describe(offer);
        await this.accept(restartedAnswer(this.#answer, fragment));
    }

    /** Sends this track (or nothing) from now on; kind is 'audio', 'video' or 'screen'. True when a new offer is due. */
    async send(kind, track) {
        if (kind === 'screen') {
            return this.#sendScreen(track);
        }
        const transceiver = this[kind];
        if (kind === 'video' && track !== this.#camera) {
            this.#camera = track;
            await this.#tuners.get(transceiver).tune(); // before its first picture leaves in layers of another size
        }
        await transceiver.sender.replaceTrack(track);
        if (track !== null && transceiver.direction === 'recvonly') {
            transceiver.direction = 'sendrecv';
            return true;
        }
        return false;
    }

    async #sendScreen(track) {
        if (this.screen === null && track !== null) {
            this.#addScreen(track);
            return true;
        }
        if (this.screen === null) {
            return false;
        }
        const direction = track === null ? 'inactive' : 'sendonly';
        const due = this.screen.direction !== direction;
        await this.screen.sender.replaceTrack(track);
        this.screen.direction = direction;
        if (due) {
            this.#told.delete(this.screen.mid); // nothing is wanted of a screen that is not there
            await this.#tuners.get(this.screen).tune();
        }
        return due;
    }

    /** True when a screen is offered and the relay does not take it. */
    get screenRefused() {
        return this.screen !== null && this.screen.direction === 'sendonly' && this.screen.currentDirection !== 'sendonly';
    }

    /** The track that arrives on an m-line, or null. */
    trackOf(mid) {
        return this.pc.getTransceivers().find((each) => each.mid === mid)?.receiver.track ?? null;
    }

    /** What arrives on audio m-lines: [{mid, track}]. */
    audioTracks() {
        return this.pc.getTransceivers().map(({ mid, receiver }) => ({ mid, track: receiver.track })).filter(({ track }) => track.kind === 'audio');
    }

    /** Map of track id to mid, of all that arrives. */
    get midsOf() {
        return new Map(this.pc.getTransceivers().map(({ mid, receiver }) => [receiver.track.id, mid]));
    }

    close() {
        this.pc.onconnectionstatechange = null;
        this.pc.close();
    }
}
