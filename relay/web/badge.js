// The connection badge: getStats() every two seconds, in words.

import { byId, label } from './dom.js';
import { between, formatLoss, formatRate, formatRtt, readCounters } from './stats.js';

const EVERY_MS = 2000;
const WORDS = ['measuring', 'poor', 'fair', 'good'];

export class Badge {
    #timer = null;
    #before = null;
    #pc = null;
    #onSummary;

    /** `onSummary(summary)` is called with each measurement. */
    constructor(onSummary = () => {}) {
        this.#onSummary = onSummary;
        this.last = null;
        byId('badge').onclick = () => this.toggle();
        document.addEventListener('pointerdown', (event) => {
            if (!event.target.closest('.badge-box')) {
                this.toggle(false);
            }
        });
    }

    get open() {
        return !byId('badge-details').hidden;
    }

    toggle(open = !this.open) {
        byId('badge-details').hidden = !open;
        byId('badge').setAttribute('aria-expanded', String(open));
    }

    /** Measures this connection from now on; null stops. */
    use(pc) {
        clearInterval(this.#timer);
        this.#pc = pc;
        this.#before = null;
        this.#write(null);
        if (pc === null) {
            this.toggle(false);
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
        const grade = summary?.grade ?? 0;
        document.querySelector('#badge .bars').dataset.grade = grade;
        byId('badge-text').textContent = summary === null ? '…' : formatRtt(summary.rttMs);
        label(byId('badge'), `Connection: ${WORDS[grade]}${summary === null ? '' : `, round trip ${formatRtt(summary.rttMs)}`}`);
        if (summary === null) {
            return;
        }
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
