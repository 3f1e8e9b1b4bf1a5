// The RTCPeerConnection of a call: one offer with everything that we send and every slot that we can show.

import { readFragment, restartFragment, restartedAnswer } from './sdp.js';

export const AUDIO_SLOTS = 3;
export const VIDEO_SLOTS = 9;

/** Low to high; a relay that forwards one layer picks, the browser drops what the picture is too small for. */
const LAYERS = [
    { rid: 'q', scaleResolutionDownBy: 4, maxBitrate: 150_000 },
    { rid: 'h', scaleResolutionDownBy: 2, maxBitrate: 500_000 },
    { rid: 'f', scaleResolutionDownBy: 1, maxBitrate: 1_700_000 },
];

/** Only what the relay can carry: twelve sections with every codec of a browser would make an offer of 40 kB. */
const CODECS = { audio: ['audio/opus', 'audio/red'], video: ['video/vp8', 'video/rtx'] };

function preferCodecs(transceiver, kind) {
    try {
        const all = RTCRtpReceiver.getCapabilities(kind).codecs;
        const wanted = all.filter(({ mimeType }) => CODECS[kind].includes(mimeType.toLowerCase()));
        if (wanted.length > 0) {
            transceiver.setCodecPreferences(wanted);
        }
    } catch {
        // An older browser: it offers everything, which works as well.
    }
}

export class Peer {
    #answer = null;

    /**
     * @param tracks {audio, video}: MediaStreamTrack or null, what is sent from the start
     * @param sends  {audio, video}: whether to offer to send at all; a muted camera is still offered
     */
    constructor({ tracks, sends, iceServers = [] }) {
        this.pc = new RTCPeerConnection({ bundlePolicy: 'max-bundle', iceServers });
        this.stream = new MediaStream();
        this.audio = this.#addSender('audio', tracks.audio, sends.audio);
        this.video = this.#addSender('video', tracks.video, sends.video);
        this.#addSlots('audio', AUDIO_SLOTS - 1);
        this.#addSlots('video', VIDEO_SLOTS - 1);
    }

    #addSender(kind, track, sends) {
        const init = { direction: sends ? 'sendrecv' : 'recvonly', streams: [this.stream] };
        let transceiver = null;
        if (kind === 'video') {
            try {
                transceiver = this.pc.addTransceiver(track ?? kind, { ...init, sendEncodings: LAYERS.map((layer) => ({ ...layer })) });
            } catch {
                transceiver = null; // no simulcast in this browser
            }
        }
        transceiver ??= this.pc.addTransceiver(track ?? kind, init);
        preferCodecs(transceiver, kind);
        return transceiver;
    }

    #addSlots(kind, count) {
        for (let at = 0; at < count; at++) {
            preferCodecs(this.pc.addTransceiver(kind, { direction: 'recvonly' }), kind);
        }
    }

    /** Makes the offer and starts gathering; the relay needs no candidates of ours, so nobody waits for them. */
    async offer() {
        await this.pc.setLocalDescription(await this.pc.createOffer());
        return this.pc.localDescription.sdp;
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
        await this.pc.setLocalDescription(offer);
        await this.accept(restartedAnswer(this.#answer, fragment));
    }

    /** Sends this track (or nothing) from now on. True when the direction changed, so that a new offer is due. */
    async send(kind, track) {
        const transceiver = this[kind];
        await transceiver.sender.replaceTrack(track);
        if (track !== null && transceiver.direction === 'recvonly') {
            transceiver.direction = 'sendrecv';
            return true;
        }
        return false;
    }

    /** True when this kind was offered for sending. */
    sends(kind) {
        return this[kind].direction === 'sendrecv';
    }

    /** The track that arrives on an m-line, or null. */
    trackOf(mid) {
        return this.pc.getTransceivers().find((each) => each.mid === mid)?.receiver.track ?? null;
    }

    /** The tracks that arrive on audio m-lines. */
    audioTracks() {
        return this.pc.getTransceivers().map(({ receiver }) => receiver.track).filter(({ kind }) => kind === 'audio');
    }

    close() {
        this.pc.onconnectionstatechange = null;
        this.pc.close();
    }
}
