// Measures all streams every so often: for the numbers on the tiles, and for the report to the relay.
//
// Events: 'measured' (.streams: streamsBetween() in rtp_stats.js), 'report' (.message for the relay).

import { receivedLines, sentLines } from './overlay_text.js';
import { readStreams, statsMessage, streamsBetween } from './rtp_stats.js';

const SHOWN_EVERY_MS = 1000;
const REPORT_EVERY_MS = 5000;
const LEAST_MS = 500;

export class Overlay extends EventTarget {
    #peer = null;
    #timer = null;
    #before = null;
    #reported = null;
    #on = false;

    constructor() {
        super();
        this.last = null;
    }

    get on() {
        return this.#on;
    }

    /** Shows the numbers, or not; the report goes on either way. */
    toggle(on = !this.#on) {
        this.#on = on;
        this.#start();
    }

    /** Measures this peer from now on; null stops. */
    use(peer) {
        this.#peer = peer;
        this.#before = null;
        this.#reported = null;
        this.last = null;
        this.#start();
    }

    #start() {
        clearInterval(this.#timer);
        if (this.#peer !== null) {
            this.#timer = setInterval(() => this.#measure(), this.#on ? SHOWN_EVERY_MS : REPORT_EVERY_MS);
            this.#measure();
        }
    }

    async #measure() {
        const peer = this.#peer;
        const report = await peer?.pc.getStats().catch(() => null);
        if (!report || peer !== this.#peer) {
            return;
        }
        const now = readStreams(report, performance.now(), peer.midsOf);
        if (this.#before !== null && now.nowMs - this.#before.nowMs < LEAST_MS) {
            return; // too short to tell a rate
        }
        if (this.#before !== null) {
            this.last = streamsBetween(this.#before, now);
            this.dispatchEvent(Object.assign(new Event('measured'), { streams: this.last }));
        }
        this.#before = now;
        this.#reported ??= now;
        if (now.nowMs - this.#reported.nowMs >= REPORT_EVERY_MS - 100) {
            const message = statsMessage(streamsBetween(this.#reported, now));
            this.#reported = now;
            this.dispatchEvent(Object.assign(new Event('report'), { message }));
        }
    }

    /** The lines for each tile: Map of id to lines. */
    lines(models, { roster, viewOf, unwanted, screenMid }) {
        const { last } = this;
        if (last === null) {
            return new Map(models.map(({ id }) => [id, ['measuring…']]));
        }
        const layersOf = (model) => last.outbound.filter(({ kind, mid }) => (model.screen ? kind === 'video' && mid === screenMid : mid !== screenMid || screenMid === null));
        return new Map(models.map((model) => {
            if (model.self) {
                return [model.id, sentLines({ layers: layersOf(model), rttMs: last.rttMs, unwanted: model.screen ? [] : unwanted })];
            }
            const voice = model.screen ? null : roster.audioSlotOf(model.owner);
            const audio = voice ?? (model.screen || model.audioMuted ? null : roster.mixSlot());
            return [model.id, receivedLines({
                video: last.inbound.get(model.mid) ?? null,
                audio: last.inbound.get(audio?.mid) ?? null,
                mixed: audio?.feed === 'mix',
                slot: roster.slots.get(model.mid) ?? null,
                view: model.mid === null ? null : viewOf(model.mid),
                rttMs: last.rttMs,
            })];
        }));
    }
}
