// The stage: the tiles of one page, moved to where scene.js says.

import { byId } from './dom.js';
import { recall, remember } from './memory.js';
import { Pager } from './pager.js';
import { chooseFocus, exchange, sceneOf, wishesOf } from './scene.js';
import { Tile } from './tile.js';

const GAP = 10;
const NARROW_GAP = 6;
const WISHES_DELAY_MS = 250;
const HIDDEN_AFTER_MS = 10000;
const SETTLE_MS = 2500;
/** Pixels that nobody sees are not asked for. */
const MOST_SCALE = 3;

export class Stage extends EventTarget {
    #box = byId('stage');
    #tiles = new Map();
    #models = [];
    #order = [];
    #galleryOrder = [];
    #settledMs = 0;
    #scene = { places: [], page: 0, pages: 1, focus: null };
    #page = 0;
    #pinned = null;
    #staged = null;
    #seenScreens = new Set();
    #speaker = null;
    #speech = { dominant: null, led: new Map() };
    #slots = [];
    #room;
    #own = { camera: null, screen: null };
    #trackOf = () => null;
    #told = () => null;
    #timer = null;
    #hidden = false;
    #hiddenTimer = null;
    #mode = recall('view') === 'speaker' ? 'speaker' : 'gallery';
    #composed = recall('composed') === 'on';
    #composing = false;
    #drawnView = 'gallery';
    #pager = new Pager({ box: this.#box, onTurn: (page) => this.turnTo(page) });

    /**
     * Events: 'wishes' (.views, .wanted, .crowded: wishesOf() in scene.js, once things have settled), 'view' (gallery or
     * speaker view is seen, chosen by whatever way), 'composed' (one picture for all was chosen, or not any more).
     *
     * @param room how many pictures can arrive at once
     */
    constructor({ room }) {
        super();
        this.#room = room;
        new ResizeObserver(() => this.#place(true)).observe(this.#box);
        document.addEventListener('visibilitychange', () => this.#followEyes());
    }

    /** `trackOf(mid)` gives the track of an m-line, `told(mid)` the size last told. A new connection means new tracks. */
    usePeer(trackOf, told) {
        this.#trackOf = trackOf;
        this.#told = told;
        for (const [id, tile] of this.#tiles) {
            if (!this.#modelOf(id)?.self) {
                tile.show(null);
            }
        }
    }

    /** 'gallery' or 'speaker': what is seen now, whoever chose it. */
    get view() {
        return this.#scene.focus === null || this.#isOne() ? 'gallery' : 'speaker';
    }

    /** Everybody in one picture: what somebody has chosen. Slow machines have one picture to decode then. */
    get composed() {
        return this.#composed;
    }

    toggleComposed(on = !this.#composed) {
        this.#composed = on;
        remember('composed', on ? 'on' : '');
        this.dispatchEvent(new Event('composed'));
    }

    #isOne() {
        return this.#models.some(({ composed }) => composed);
    }

    /** For tests: who is where. */
    get scene() {
        return { ...this.#scene, view: this.view, pinned: this.#pinned };
    }

    clear() {
        this.#tiles.forEach((tile) => tile.remove());
        this.#tiles.clear();
        this.#models = [];
        this.#order = [];
        this.#page = 0;
        this.#pinned = null;
        this.#staged = null;
        this.#seenScreens.clear();
        this.#speaker = null;
        this.#scene = { places: [], page: 0, pages: 1, focus: null };
        this.#pager.draw(this.#scene);
        clearTimeout(this.#timer);
    }

    #modelOf(id) {
        return this.#models.find((model) => model.id === id);
    }

    /**
     * Shows these tiles.
     *
     * @param models roster.tiles()
     * @param own    {camera, screen}: our tracks or null
     * @param speech {dominant, led} of the roster
     * @param slots  video slots of the roster
     * @param composing the relay is to compose one picture; the models are that one once it comes
     */
    render(models, own, speech, slots, composing = false) {
        this.#composing = composing;
        this.#renameSelf(models);
        this.#models = models;
        this.#own = own;
        this.#speech = speech;
        this.#slots = slots;
        this.#followScreens();
        this.#followSpeaker();
        if (this.#pinned !== null && this.#modelOf(this.#pinned) === undefined) {
            this.#pinned = null;
        }
        this.#place(false);
    }

    /** Only the rings, and a new speaker: called often. */
    renderSpeaking(models, speech) {
        this.#speech = speech;
        for (const { id, speaking } of models) {
            const node = this.#tiles.get(id)?.node;
            node?.classList.toggle('speaking', speaking);
            node?.classList.toggle('dominant', id === speech.dominant);
        }
        const was = this.#speaker;
        this.#followSpeaker();
        const away = this.#page === 0 && this.#speaker !== null && !this.#tiles.has(this.#speaker);
        if (away || (was !== this.#speaker && this.#mode === 'speaker')) {
            this.#place(false);
        }
    }

    /** The last of the others who led the talk; oneself is never shown large to oneself. */
    #followSpeaker() {
        const { dominant } = this.#speech;
        const model = dominant === null ? undefined : this.#modelOf(dominant);
        if (model !== undefined && !model.self) {
            this.#speaker = dominant;
        }
    }

    /** A screen that somebody begins to share goes on stage by itself; the own one does not. */
    #followScreens() {
        const screens = this.#models.filter(({ screen, self }) => screen && !self).map(({ id }) => id);
        for (const id of screens) {
            if (!this.#seenScreens.has(id)) {
                this.#staged = id;
            }
        }
        this.#seenScreens = new Set(screens);
        if (this.#staged !== null && !this.#seenScreens.has(this.#staged)) {
            this.#staged = screens.at(-1) ?? null;
        }
    }

    /** The own tile is there before the relay has given us an id; it keeps its element. */
    #renameSelf(models) {
        const self = models.find((model) => model.self && !model.screen);
        const was = this.#models.find((model) => model.self && !model.screen);
        const tile = this.#tiles.get(was?.id);
        if (self !== undefined && tile !== undefined && was.id !== self.id) {
            this.#tiles.delete(was.id);
            this.#tiles.set(self.id, tile);
        }
    }

    #trackFor({ self, screen, videoOn, mid }) {
        if (self) {
            return screen ? this.#own.screen : videoOn ? this.#own.camera : null;
        }
        return mid === null ? null : this.#trackOf(mid);
    }

    /** Gallery, or the speaker large. Choosing the gallery also lets go of who is pinned and of a shared screen. */
    toggleView() {
        if (this.#isOne()) {
            this.#mode = 'speaker';
            remember('view', this.#mode);
            this.toggleComposed(false);
            return;
        }
        const wasLarge = this.#scene.focus !== null;
        this.#mode = wasLarge ? 'gallery' : 'speaker';
        this.#pinned = null;
        this.#staged = wasLarge ? null : [...this.#seenScreens].at(-1) ?? null;
        this.#page = 0;
        remember('view', this.#mode);
        this.#place(false);
    }

    togglePin(id) {
        if (this.#isOne() && this.#modelOf(id) === undefined) {
            this.toggleComposed(false); // somebody is to be large who is only in the one picture
        }
        if (this.#models.length <= 2 && this.#pinned === null) {
            return; // the other one is large already
        }
        this.#pinned = this.#pinned === id ? null : id;
        this.#place(false);
    }

    turnTo(page) {
        if (page === 0) {
            // The relay needs a moment to fill its slots by speech again; until then nobody moves for what they show.
            this.#settledMs = performance.now() + SETTLE_MS;
            setTimeout(() => this.#place(false), SETTLE_MS + 50);
        }
        this.#page = page;
        this.#place(false);
    }

    /** Turns by so many pages; false when there is no such page. */
    turn(by) {
        const to = this.#scene.page + by;
        if (to < 0 || to >= this.#scene.pages) {
            return false;
        }
        this.turnTo(to);
        return true;
    }

    /** Lines of numbers per tile: a Map of id to lines, or null for none. */
    write(lines) {
        for (const [id, tile] of this.#tiles) {
            tile.write(lines?.get(id) ?? null);
        }
    }

    #shown() {
        return new Set(this.#models.filter(({ self, screen, mid }) => !self && !screen && mid !== null).map(({ id }) => id));
    }

    #place(still) {
        const { clientWidth: width } = this.#box;
        const height = this.#box.clientHeight - this.#pager.height;
        if (width === 0 || this.#models.length === 0) {
            return;
        }
        const was = this.#scene;
        const focus = chooseFocus(this.#models, { mode: this.#mode, pinned: this.#pinned, staged: this.#staged, speaker: this.#speaker });
        if (was.focus === null && focus !== null) {
            this.#galleryOrder = this.#order;
        } else if (was.focus !== null && focus === null) {
            this.#order = this.#galleryOrder; // everybody back where they were
        } else if (was.focus !== focus) {
            this.#order = exchange(this.#order, was.focus, focus);
        }
        const scene = sceneOf({
            models: this.#models, order: this.#order, page: this.#page, focus, slots: this.#room, led: this.#speech.led,
            shown: this.#shown(), dominant: this.#speaker, steady: performance.now() < this.#settledMs, box: { width, height, gap: width < 600 || height < 340 ? NARROW_GAP : GAP },
        });
        this.#order = scene.order;
        this.#page = scene.page;
        this.#scene = scene;
        if (this.#pager.draw(scene)) {
            this.#place(still); // the row of the pager has come or gone: the stage has another height now
            return;
        }
        this.#draw(scene, still);
        if (this.#drawnView !== this.view) {
            this.#drawnView = this.view;
            this.dispatchEvent(new Event('view'));
        }
        this.#scheduleWishes();
    }

    #draw({ places, focus }, still) {
        const wanted = new Set(places.map(({ id }) => id));
        for (const [id, tile] of this.#tiles) {
            if (!wanted.has(id)) {
                tile.remove();
                this.#tiles.delete(id);
            }
        }
        this.#box.classList.toggle('still', still);
        this.#box.classList.toggle('many', this.#models.length > 2);
        for (const place of places) {
            const model = this.#modelOf(place.id);
            let tile = this.#tiles.get(place.id);
            if (tile === undefined) {
                tile = new Tile(model, (id) => this.togglePin(id));
                this.#tiles.set(place.id, tile);
                this.#box.append(tile.node);
            }
            tile.update(model, this.#pinned === place.id);
            tile.node.classList.toggle('dominant', place.id === this.#speech.dominant);
            tile.node.classList.toggle('focus', place.id === focus);
            tile.show(this.#trackFor(model));
            tile.place(place);
        }
    }

    /** A page behind others for a while needs no pictures; one that comes back needs them at once. */
    #followEyes() {
        clearTimeout(this.#hiddenTimer);
        if (document.hidden) {
            this.#hiddenTimer = setTimeout(() => this.#setHidden(document.pictureInPictureElement == null), HIDDEN_AFTER_MS);
        } else {
            this.#setHidden(false);
        }
    }

    #setHidden(hidden) {
        if (this.#hidden !== hidden) {
            this.#hidden = hidden;
            this.#wish();
        }
    }

    #scheduleWishes() {
        clearTimeout(this.#timer);
        this.#timer = setTimeout(() => this.#wish(), WISHES_DELAY_MS);
    }

    #wish() {
        const wishes = wishesOf({
            models: this.#models, scene: this.#scene, slots: this.#slots, told: this.#told, pinned: this.#pinned, room: this.#room, hidden: this.#hidden,
            composing: this.#composing,
            scale: Math.min(MOST_SCALE, window.devicePixelRatio || 1),
        });
        this.dispatchEvent(Object.assign(new Event('wishes'), wishes));
    }

    /** The relay has forgotten what it was told (a new events connection). */
    wishAgain() {
        this.#scheduleWishes();
    }
}
