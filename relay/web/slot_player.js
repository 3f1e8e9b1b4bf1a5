// Plays what one audio slot carries, as loud as is wanted.
//
// A media element does it up to its full volume: that is the way in which every browser cancels echoes, keeps sound and
// picture together and takes the chosen loudspeaker. Only who is to be louder than that goes through an amplifier.

import { element } from './dom.js';

const GLIDE_S = 0.02;

let context = null;

/** iPhones leave the volume to their buttons. */
const MAY_SET_VOLUME = (() => {
    if (typeof document === 'undefined') {
        return true;
    }
    const probe = element('audio', { volume: 0.5 });
    return probe.volume === 0.5;
})();

export class SlotPlayer {
    #source = null;
    #gain = null;
    #factor = 1;

    constructor(mid, track) {
        this.mid = mid;
        this.stream = new MediaStream([track]);
        this.node = element('audio', { autoplay: true, srcObject: this.stream });
    }

    /** 1 is as it comes, 0 silent, 2 twice as loud. */
    play(factor) {
        if (factor === this.#factor) {
            return;
        }
        this.#factor = factor;
        const graph = factor > 1 || (factor > 0 && factor < 1 && !MAY_SET_VOLUME);
        if (graph) {
            this.#amplify();
        } else {
            this.#plain();
        }
    }

    #plain() {
        this.#source?.disconnect();
        this.#gain?.disconnect();
        this.#source = null;
        this.#gain = null;
        this.node.volume = this.#factor;
        this.node.muted = this.#factor === 0;
    }

    async #amplify() {
        try {
            context ??= new AudioContext();
            await context.resume();
        } catch {
            return; // as loud as it comes, then
        }
        if (this.#gain === null && this.node.srcObject !== null) {
            this.#source = context.createMediaStreamSource(this.stream);
            this.#gain = context.createGain();
            this.#source.connect(this.#gain).connect(context.destination);
            this.node.muted = true; // it goes on playing: without it no samples come
        }
        if (this.#factor > 1 || !MAY_SET_VOLUME) {
            this.#gain?.gain.setTargetAtTime(this.#factor, context.currentTime, GLIDE_S);
        } else {
            this.#plain(); // turned down again in the meantime
        }
    }

    useSpeaker(sinkId) {
        this.node.setSinkId?.(sinkId || '').catch(() => {});
        context?.setSinkId?.(sinkId || '').catch(() => {});
    }

    /** Starts what the browser has held back; the promise fails like that of play(). */
    resume() {
        return this.node.play();
    }

    close() {
        this.node.srcObject = null;
        this.#source?.disconnect();
        this.#gain?.disconnect();
        this.node.remove();
    }
}
