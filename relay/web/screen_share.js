// Sharing the screen: asking for it, and noticing when the browser's own bar ends it.
//
// Events: 'change' (the track came or went), 'trouble' (.name, a name that errors.js knows).

const MOST_FPS = 15;

export class ScreenShare extends EventTarget {
    #asking = false;

    constructor() {
        super();
        this.track = null;
    }

    /** Phones have no getDisplayMedia: there the button stays hidden. */
    static get possible() {
        return typeof navigator.mediaDevices?.getDisplayMedia === 'function';
    }

    get on() {
        return this.track !== null;
    }

    async toggle() {
        if (this.on) {
            this.stop();
        } else {
            await this.#start();
        }
    }

    async #start() {
        if (this.#asking) {
            return;
        }
        this.#asking = true;
        try {
            const stream = await navigator.mediaDevices.getDisplayMedia({ video: { frameRate: { ideal: MOST_FPS, max: 30 } }, audio: false });
            const [track] = stream.getVideoTracks();
            track.contentHint = 'detail';
            track.onended = () => this.track === track && this.stop();
            this.track = track;
            this.#changed();
        } catch (error) {
            // Whoever closes the browser's question has changed their mind, and needs no sentence about it.
            if (!['NotAllowedError', 'AbortError'].includes(error.name)) {
                this.#trouble('no-screen');
            }
        }
        this.#asking = false;
    }

    /** Ends it; `trouble` names what went wrong, if anything did. */
    stop(trouble = null) {
        const { track } = this;
        if (track !== null) {
            this.track = null;
            track.onended = null;
            track.stop();
            this.#changed();
        }
        this.#trouble(trouble);
    }

    #trouble(name) {
        if (name !== null) {
            this.dispatchEvent(Object.assign(new Event('trouble'), { name }));
        }
    }

    #changed() {
        this.dispatchEvent(new Event('change'));
    }
}
