// The connection badge: getStats() every two seconds and what the relay measures, in words.

import { readQuality } from './call_quality.js';
import { byId, label } from './dom.js';
import { Popover } from './popover.js';
import { between, formatLoss, formatRate, formatRtt, readCounters } from './stats.js';

const EVERY_MS = 2000;
const WORDS = ['measuring', 'poor', 'fair', 'good'];

export class Badge {
    #timer = null;
    #before = null;
    #pc = null;
    #onSummary;
    #popover;
    #quality = null;

    /** `onSummary(summary)` is called with each measurement. */
    constructor(onSummary = () => {}) {
        this.#onSummary = onSummary;
        this.last = null;
        this.#popover = new Popover(byId('badge'), byId('badge-details'));
    }

    /** Takes the relay's `quality` message, which knows both directions. */
    quality(message) {
        this.#quality = readQuality(message) ?? this.#quality;
        this.#write(this.last);
    }

    /** Measures this connection from now on; null stops. */
    use(pc) {
        clearInterval(this.#timer);
        this.#pc = pc;
        this.#before = null;
        this.#quality = null;
        this.#write(null);
        if (pc === null) {
            this.#popover.toggle(false);
        } else {
            this.#timer = setInterval(() => this.#measure(), EVERY_MS);
            this.#measure();
        }
    }

    async #measure() {
        const pc = this.#pc;
        const report = await pc?.getStats().catch(() => null);
        if (!report || pc !== this.#pc) {
            return;
        }
        const now = readCounters(report, performance.now());
        const before = this.#before;
        this.#before = now;
        if (before !== null && pc.connectionState === 'connected') {
            this.#write(between(before, now));
        } else if (pc.connectionState !== 'connected') {
            this.#write(null);
        }
    }

    #write(summary) {
        this.last = summary;
        const set = (name, text) => {
            byId('badge-details').querySelector(`[data-stat="${name}"]`).textContent = text;
        };
        const quality = this.#quality;
        const grade = summary === null ? 0 : Math.min(summary.grade, quality?.grade || 3);
        document.querySelector('#badge .bars').dataset.grade = grade;
        byId('badge-text').textContent = summary === null ? '…' : formatRtt(summary.rttMs);
        label(byId('badge'), `Connection: ${WORDS[grade]}${summary === null ? '' : `, round trip ${formatRtt(summary.rttMs)}`}`);
        if (summary === null) {
            return;
        }
        set('mos', quality?.word ? `${quality.word}, ${quality.mos.toFixed(1)} of 5` : WORDS[grade]);
        set('available', Number.isFinite(quality?.availableKbps) ? formatRate(quality.availableKbps) : '–');
        set('rtt', formatRtt(summary.rttMs));
        set('loss-in', formatLoss(summary.lossIn));
        set('loss-out', formatLoss(summary.lossOut));
        set('in', formatRate(summary.inKbps));
        set('out', formatRate(summary.outKbps));
        set('sent', summary.sentHeight > 0 ? `${summary.sentHeight}p` : 'none');
        set('way', `${(summary.protocol ?? '?').toUpperCase()}${summary.relayed ? ', through TURN' : ''}`);
        this.#onSummary(summary);
    }
}
