// Camera, microphone and loudspeaker: opening, choosing, switching on and off.
//
// Events: 'change' (tracks, switches or lists changed), 'trouble' (.name, a name that errors.js knows).

import { captureTrouble } from './errors.js';
import { recall, remember } from './memory.js';

const AUDIO = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
const VIDEO = { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30, max: 30 } };
const INPUT = { audio: 'audioinput', video: 'videoinput' };

export class Devices extends EventTarget {
    constructor() {
        super();
        this.tracks = { audio: null, video: null };
        this.on = { audio: true, video: true };
        /** Offered for sending: the device exists, even if it is switched off at the moment. */
        this.sends = { audio: false, video: false };
        this.chosen = { audioinput: recall('audioinput'), videoinput: recall('videoinput'), audiooutput: recall('audiooutput') };
        this.list = { audioinput: [], videoinput: [], audiooutput: [] };
        navigator.mediaDevices?.addEventListener?.('devicechange', () => this.refresh());
    }

    #changed() {
        this.dispatchEvent(new Event('change'));
    }

    #trouble(name) {
        if (name !== null) {
            this.dispatchEvent(Object.assign(new Event('trouble'), { name }));
        }
    }

    #constraints(kind) {
        const id = this.chosen[INPUT[kind]];
        return { ...(kind === 'audio' ? AUDIO : VIDEO), ...(id ? { deviceId: { ideal: id } } : {}) };
    }

    async #capture(kinds) {
        if (!navigator.mediaDevices?.getUserMedia) {
            throw Object.assign(new Error('no media devices'), { name: 'InsecureContext' });
        }
        const constraints = Object.fromEntries(kinds.map((kind) => [kind, this.#constraints(kind)]));
        return (await navigator.mediaDevices.getUserMedia(constraints)).getTracks();
    }

    /** Opens what is asked for: both at once (one question from the browser), and one by one if that fails. */
    async open({ audio, video }) {
        const kinds = [audio && 'audio', video && 'video'].filter(Boolean);
        this.on = { audio, video };
        const errors = {};
        try {
            this.#take(kinds.length > 0 ? await this.#capture(kinds) : []);
        } catch (both) {
            for (const kind of kinds) {
                try {
                    this.#take(kinds.length > 1 ? await this.#capture([kind]) : await Promise.reject(both));
                } catch (error) {
                    errors[kind] = error;
                    this.on[kind] = false;
                }
            }
        }
        await this.refresh();
        this.#trouble(captureTrouble(errors));
    }

    #take(tracks) {
        for (const track of tracks) {
            this.tracks[track.kind]?.stop();
            this.tracks[track.kind] = track;
            this.sends[track.kind] = true;
            track.enabled = this.on[track.kind];
            track.onended = () => this.#ended(track);
        }
    }

    #ended(track) {
        if (this.tracks[track.kind] === track) {
            this.#release(track.kind);
            this.on[track.kind] = false;
            this.#trouble(track.kind === 'audio' ? 'microphone-lost' : 'camera-lost');
            this.#changed();
        }
    }

    #release(kind) {
        const track = this.tracks[kind];
        this.tracks[kind] = null;
        if (track !== null) {
            track.onended = null;
            track.stop();
        }
    }

    /** Switches microphone or camera. The camera is let go of, so that its light goes out; the microphone only falls silent. */
    async set(kind, on) {
        this.on[kind] = on;
        if (!on && kind === 'video') {
            this.#release(kind);
        } else if (!on && this.tracks[kind]) {
            this.tracks[kind].enabled = false;
        } else if (on && this.tracks[kind]) {
            this.tracks[kind].enabled = true;
        } else if (on) {
            await this.#reopen(kind);
        }
        this.#changed();
    }

    async #reopen(kind) {
        try {
            this.#take(await this.#capture([kind]));
            if (!this.on[kind]) {
                this.set(kind, false); // switched off again while the browser was asking
            }
            await this.refresh();
        } catch (error) {
            this.on[kind] = false;
            this.#trouble(captureTrouble({ [kind]: error }));
        }
    }

    /** Uses another device from now on. */
    async choose(kind, id) {
        this.chosen[kind] = id;
        remember(kind, id);
        const media = kind === 'audioinput' ? 'audio' : kind === 'videoinput' ? 'video' : null;
        if (media !== null && this.on[media]) {
            if (media === 'video') {
                this.#release(media); // some cameras cannot be opened twice
            }
            await this.#reopen(media);
        }
        this.#changed();
    }

    /** Reads which devices there are; their names are known once permission was given. */
    async refresh() {
        const all = await navigator.mediaDevices?.enumerateDevices?.().catch(() => []) ?? [];
        for (const kind of Object.keys(this.list)) {
            this.list[kind] = all.filter((device) => device.kind === kind && device.deviceId !== '');
        }
        this.#changed();
    }

    /** The device in use, for marking it in a list. */
    current(kind) {
        const media = kind === 'audioinput' ? 'audio' : kind === 'videoinput' ? 'video' : null;
        return this.tracks[media]?.getSettings?.().deviceId ?? this.chosen[kind] ?? '';
    }

    close() {
        this.#release('audio');
        this.#release('video');
    }
}
