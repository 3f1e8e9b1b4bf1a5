// The stage: one element per tile, moved to where layout.js says.

import { byId, element, icon, label, setIcon } from './dom.js';
import { arrange } from './layout.js';

const GAP = 10;
const SMALL_WIDTH = 230;
const VIEW_DELAY_MS = 250;

function makeTile({ id, self }) {
    const node = element('article', { className: `tile${self ? ' self' : ''}` });
    const video = element('video', { autoplay: true, playsInline: true, muted: true, disablePictureInPicture: self });
    const face = element('div', { className: 'tile-face' }, element('div', { className: 'avatar' }));
    const plate = element('div', { className: 'tile-label' }, icon('mic-off', 'tile-muted'), icon('weak', 'tile-weak'), element('span', { className: 'tile-name' }));
    const pin = element('button', { className: 'round tile-pin', type: 'button' }, icon('pin'));
    node.dataset.participant = id;
    node.append(face, video, plate, pin);
    return { node, video, pin, stream: null, mid: null };
}

export class Stage extends EventTarget {
    #box = byId('stage');
    #tiles = new Map();
    #models = [];
    #pinned = null;
    #trackOf = () => null;
    #viewTimer = null;
    #viewsSent = new Map();

    /** Events: 'pin' (.participant or null), 'view' (.mid, .width, .height, .fps). */
    constructor() {
        super();
        new ResizeObserver(() => this.#place(true)).observe(this.#box);
    }

    /** `trackOf(mid)` gives the track that arrives on an m-line. A new peer connection means new tracks. */
    usePeer(trackOf) {
        this.#trackOf = trackOf;
        this.#viewsSent.clear();
        for (const tile of this.#tiles.values()) {
            if (!tile.node.classList.contains('self')) {
                this.#show(tile, null, null);
            }
        }
    }

    get pinned() {
        return this.#pinned;
    }

    clear() {
        for (const { node, video } of this.#tiles.values()) {
            video.srcObject = null;
            node.remove();
        }
        this.#tiles.clear();
        this.#models = [];
        this.#pinned = null;
        this.#viewsSent.clear();
        clearTimeout(this.#viewTimer);
    }

    /** Shows these tiles (roster.js), with the own camera in the own one. */
    render(models, ownTrack) {
        const wanted = new Set(models.map(({ id }) => id));
        this.#renameSelf(models);
        for (const [id, tile] of this.#tiles) {
            if (!wanted.has(id)) {
                tile.video.srcObject = null;
                tile.node.remove();
                this.#tiles.delete(id);
            }
        }
        if (this.#pinned !== null && !wanted.has(this.#pinned)) {
            this.#pinned = null;
        }
        const moved = models.length !== this.#models.length || models.some(({ id }, at) => id !== this.#models[at]?.id);
        this.#models = models;
        for (const model of models) {
            this.#update(model, ownTrack);
        }
        if (moved) {
            this.#place(false);
        }
        this.#scheduleViews();
    }

    /** Only the rings: called often. */
    renderSpeaking(models, dominant) {
        for (const { id, speaking } of models) {
            const node = this.#tiles.get(id)?.node;
            node?.classList.toggle('speaking', speaking);
            node?.classList.toggle('dominant', id === dominant);
        }
    }

    /** The own tile is there before the relay has given us an id; it keeps its element. */
    #renameSelf(models) {
        const self = models.find((model) => model.self);
        const [oldId, tile] = [...this.#tiles].find(([, { node }]) => node.classList.contains('self')) ?? [];
        if (self !== undefined && tile !== undefined && oldId !== self.id) {
            this.#tiles.delete(oldId);
            this.#tiles.set(self.id, tile);
            tile.node.dataset.participant = self.id;
        }
    }

    #update(model, ownTrack) {
        let tile = this.#tiles.get(model.id);
        if (tile === undefined) {
            tile = makeTile(model);
            tile.pin.onclick = () => this.togglePin(tile.node.dataset.participant);
            tile.node.ondblclick = () => this.togglePin(tile.node.dataset.participant);
            this.#tiles.set(model.id, tile);
            this.#box.append(tile.node);
        }
        const { node, pin } = tile;
        for (let hue = 0; hue < 10; hue++) {
            node.classList.toggle(`hue-${hue}`, hue === model.hue);
        }
        const shown = model.self ? (model.name ? `You, ${model.name}` : 'You') : model.name;
        node.querySelector('.tile-name').textContent = shown;
        node.querySelector('.avatar').textContent = model.initials;
        node.setAttribute('aria-label', `${shown}${model.audioMuted ? ', muted' : ''}`);
        node.classList.toggle('muted', model.audioMuted);
        node.classList.toggle('weak', model.paused === 'network');
        node.classList.toggle('speaking', model.speaking);
        node.classList.toggle('pinned', this.#pinned === model.id);
        setIcon(pin, this.#pinned === model.id ? 'unpin' : 'pin');
        label(pin, this.#pinned === model.id ? `Show ${shown} as all others` : `Show ${shown} large`);
        if (model.self) {
            this.#show(tile, model.videoOn ? ownTrack : null, null);
        } else {
            this.#show(tile, model.mid === null ? null : this.#trackOf(model.mid), model.mid);
        }
    }

    /** Attaches a track; the picture fades in with its first frame, so that nobody sees a black tile. */
    #show(tile, track, mid) {
        const { node, video } = tile;
        tile.mid = mid;
        if (tile.stream?.getTracks()[0] === track || (track === null && tile.stream === null)) {
            return;
        }
        node.classList.remove('live');
        tile.stream = track === null ? null : new MediaStream([track]);
        video.srcObject = tile.stream;
        if (track !== null) {
            const { stream } = tile;
            const live = () => node.classList.toggle('live', tile.stream === stream);
            if ('requestVideoFrameCallback' in video) {
                video.requestVideoFrameCallback(live);
            } else {
                video.onloadeddata = live;
            }
            video.play().catch(() => {});
        }
    }

    togglePin(id) {
        this.#pinned = this.#pinned === id ? null : id;
        const other = this.#models.find((model) => model.id === this.#pinned && !model.self);
        this.dispatchEvent(Object.assign(new Event('pin'), { participant: other?.id ?? null }));
        this.dispatchEvent(new Event('dirty'));
        this.#place(false);
    }

    #place(still) {
        const { clientWidth: width, clientHeight: height } = this.#box;
        if (width === 0 || this.#models.length === 0) {
            return;
        }
        const n = this.#models.length;
        const self = this.#models.findIndex((model) => model.self);
        const focus = this.#models.findIndex(({ id }) => id === this.#pinned);
        const places = arrange(n, { width, height, gap: GAP, self, focus });
        this.#box.classList.toggle('still', still);
        this.#box.classList.toggle('many', n > 2);
        this.#models.forEach(({ id }, at) => {
            const { node } = this.#tiles.get(id);
            const { x, y, w, h } = places[at];
            node.style.transform = `translate(${x}px, ${y}px)`;
            node.style.width = `${w}px`;
            node.style.height = `${h}px`;
            node.classList.toggle('small', w < SMALL_WIDTH);
            node.classList.toggle('floating', n === 2 && focus < 0 && at === self);
        });
        this.#places = places;
        this.#scheduleViews();
    }

    #places = [];

    /** Tells the relay how large each slot is shown, once things have settled, and only what changed. */
    #scheduleViews() {
        clearTimeout(this.#viewTimer);
        this.#viewTimer = setTimeout(() => this.#sendViews(), VIEW_DELAY_MS);
    }

    #sendViews() {
        const scale = Math.min(2, window.devicePixelRatio || 1);
        this.#models.forEach(({ mid, self }, at) => {
            const place = this.#places[at];
            if (self || mid === null || place === undefined) {
                return;
            }
            const width = Math.round(place.w * scale);
            const height = Math.round(place.h * scale);
            const fps = place.w < SMALL_WIDTH ? 15 : 30;
            const key = `${width}x${height}@${fps}`;
            if (this.#viewsSent.get(mid) !== key) {
                this.#viewsSent.set(mid, key);
                this.dispatchEvent(Object.assign(new Event('view'), { mid, width, height, fps }));
            }
        });
    }

    /** The relay has forgotten what it was told (a new events connection). */
    resendViews() {
        this.#viewsSent.clear();
        this.#scheduleViews();
    }
}
