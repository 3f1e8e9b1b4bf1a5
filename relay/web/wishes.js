// What the relay is told about our slots: how large each is shown, and who is pinned. Only what changed, and never so
// much at once that the relay takes it for a flood.

const AT_ONCE = 40;
const PAUSE_MS = 500;

export class Wishes {
    #send;
    #setTimer;
    #queue = [];
    #timer = null;
    #views = new Map();
    #pins = new Map();
    #said = new Map(); // by mid: the last `pin` message

    /** `send(message)` returns false when there is no events connection; again() makes up for what is lost then. */
    constructor(send, { setTimer = (fn, ms) => setTimeout(fn, ms) } = {}) {
        this.#send = send;
        this.#setTimer = setTimer;
    }

    /** Another session: the relay knows nothing of what was said. */
    forget() {
        this.#queue = [];
        this.#views.clear();
        this.#pins.clear();
        this.#said.clear();
    }

    /** The same session after a break: nobody knows what of the last words arrived. Pins are said again, sizes will be. */
    again() {
        this.#queue = [];
        this.#views.clear();
        this.#said.forEach((message) => this.#put(message));
    }

    /** What we have pinned: Map of mid to key. */
    get pins() {
        return this.#pins;
    }

    /** The size that was told for an m-line, or null. */
    viewOf(mid) {
        return this.#views.get(mid) ?? null;
    }

    /** Shows an m-line at this size from now on, in device pixels; 0 by 0 for off screen. */
    view(mid, width, height, fps) {
        const was = this.#views.get(mid);
        if (was?.width === width && was.height === height && was.fps === fps) {
            return;
        }
        this.#views.set(mid, { width, height, fps });
        this.#queue = this.#queue.filter((each) => each.type !== 'view' || each.mid !== mid);
        this.#put({ type: 'view', mid, width, height, fps });
    }

    /** Acts on planPins() (paging.js). */
    pin(changes) {
        for (const { mid, participant, track, feed, key } of changes) {
            if (key === null) {
                this.#pins.delete(mid);
            } else {
                this.#pins.set(mid, key);
            }
            const message = { type: 'pin', mid, participant, ...(track && participant !== null ? { track } : {}), ...(feed ? { feed } : {}) };
            this.#said.set(mid, message);
            this.#put(message);
        }
    }

    #put(message) {
        this.#queue.push(message);
        this.#timer ??= this.#setTimer(() => this.#flush(), 0);
    }

    #flush() {
        this.#timer = null;
        for (const message of this.#queue.splice(0, AT_ONCE)) {
            if (this.#send(message) === false) {
                this.#queue = [];
                return;
            }
        }
        if (this.#queue.length > 0) {
            this.#timer = this.#setTimer(() => this.#flush(), PAUSE_MS);
        }
    }
}
