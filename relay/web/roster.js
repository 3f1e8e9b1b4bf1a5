// Who is in the room and which slot shows whom: the events of the relay (API.md 2) folded into one model.

import { Hands } from './hands.js';

const HUES = 10;

/** Up to two letters that stand for a name: "Ann Lee" gives AL, "ann" gives A, an emoji stays whole. */
export function initials(name) {
    const words = name.trim().split(/[\s._-]+/u).filter((word) => /[\p{L}\p{N}\p{Extended_Pictographic}]/u.test(word));
    const letters = words.map((word) => [...new Intl.Segmenter().segment(word)][0].segment.toLocaleUpperCase());
    return letters.length > 1 ? letters[0] + letters.at(-1) : letters[0] ?? '?';
}

/** A stable colour number for a participant id, 0..HUES-1. */
export function hueOf(id) {
    let hash = 2166136261;
    for (const char of id) {
        hash = Math.imul(hash ^ char.codePointAt(0), 16777619) >>> 0;
    }
    return hash % HUES;
}

function idOf(value) {
    return value !== null && typeof value === 'object' ? value.id : value ?? null;
}

export class Roster {
    constructor() {
        this.hands = new Hands();
        this.clear();
    }

    clear() {
        this.me = null;
        this.room = null;
        this.participants = new Map();
        this.slots = new Map();
        this.dominant = null;
        this.levels = {};
        this.hands.clear();
        /** When each last became the dominant speaker: a number that grows. */
        this.led = new Map();
    }

    /**
     * Folds one message in.
     *
     * @return what changed: 'people', 'slots', 'speaking', 'hands', 'all', or null for messages that are none of the roster's business
     */
    apply(message) {
        switch (message.type) {
        case 'welcome':
            this.#welcome(message);
            return 'all';
        case 'joined':
        case 'updated':
            return this.#put(message.participant) ? 'people' : null;
        case 'left':
            return this.#drop(idOf(message.participant)) ? 'people' : null;
        case 'slots':
            this.#setSlots(message.slots);
            return 'slots';
        case 'speaking':
            this.#setDominant(idOf(message.dominant));
            this.levels = message.levels ?? {};
            return 'speaking';
        case 'hand':
            return this.hands.set(idOf(message.from), Boolean(message.payload?.up)) ? 'hands' : null;
        default:
            return null;
        }
    }

    #setDominant(id) {
        if (id !== null && id !== this.dominant) {
            this.led.delete(id);
            this.led.set(id, Math.max(0, ...this.led.values()) + 1);
        }
        this.dominant = id;
    }

    #welcome(message) {
        this.clear();
        this.me = idOf(message.participant);
        this.room = idOf(message.room);
        for (const participant of message.participants ?? []) {
            this.#put(participant);
        }
        this.#setSlots(message.slots);
        for (const id of message.hands ?? []) {
            this.hands.set(idOf(id), true);
        }
    }

    #put(participant) {
        const id = idOf(participant);
        if (id === null || id === undefined || typeof participant !== 'object') {
            return false;
        }
        this.participants.set(id, { ...this.participants.get(id), ...participant });
        return true;
    }

    #drop(id) {
        for (const slot of this.slots.values()) {
            if (slot.participant === id) {
                Object.assign(slot, { feed: null, participant: null, track: null });
            }
        }
        this.hands.set(id, false);
        this.led.delete(id);
        return this.participants.delete(id);
    }

    #setSlots(slots) {
        for (const slot of slots ?? []) {
            const mid = String(slot.mid);
            this.slots.set(mid, { ...this.slots.get(mid), ...slot, mid, participant: idOf(slot.participant) });
        }
    }

    nameOf(id) {
        return this.participants.get(id)?.name || id || 'Somebody';
    }

    /** Everybody but oneself, in the order in which they came. */
    others() {
        return [...this.participants.values()]
            .filter(({ id }) => id !== this.me)
            .sort((a, b) => (a.number ?? 0) - (b.number ?? 0));
    }

    /** Those of the others who send anything, or could: they have a place on the stage. */
    talkers() {
        return this.others().filter(({ tracks }) => tracks?.length !== 0);
    }

    /** Those of the others who send nothing at all: players, walls, people without devices. They take no place. */
    listeners() {
        return this.others().filter(({ tracks }) => tracks?.length === 0)
            .map(({ id }) => ({ id, name: this.nameOf(id), initials: initials(this.nameOf(id)), hue: hueOf(id), hand: this.hands.placeOf(id) }));
    }

    /** A participant's tracks that show a screen, not muted. */
    #screensOf(participant) {
        return (participant.tracks ?? []).filter(({ kind, source, muted }) => kind === 'video' && source === 'screen' && !muted);
    }

    #cameraOf(participant) {
        return participant?.tracks?.find(({ kind, source }) => kind === 'video' && source !== 'screen');
    }

    /** Video slots, as far as the relay has spoken of them. */
    videoSlots() {
        return [...this.slots.values()].filter(({ kind }) => kind === 'video');
    }

    /**
     * The slot that is given to this participant's camera, or to the screen whose track is named; null for none. The
     * picture may be paused, or still to come.
     */
    videoSlotOf(id, screen = null) {
        const all = this.videoSlots().filter((slot) => slot.participant === id && slot.feed !== 'grid');
        const track = screen ?? this.#cameraOf(this.participants.get(id))?.id;
        return all.find((slot) => slot.track === track)
            ?? (screen === null ? all.find((slot) => !slot.track || track === undefined) : undefined) ?? null;
    }

    /** The audio slot that carries this participant's voice now, or null. */
    audioSlotOf(id) {
        return this.audioSlots().find((slot) => slot.participant === id && slot.feed === 'track') ?? null;
    }

    /** Audio slots, as far as the relay has spoken of them. */
    audioSlots() {
        return [...this.slots.values()].filter(({ kind }) => kind === 'audio');
    }

    /** The audio slot that carries the room's mix, or null. */
    mixSlot() {
        return this.audioSlots().find(({ feed }) => feed === 'mix') ?? null;
    }

    /** The video slot that carries everybody in one picture, or null. */
    gridSlot() {
        return this.videoSlots().find(({ feed }) => feed === 'grid') ?? null;
    }

    /** True when this participant is heard only together with all others. */
    isMixed(id) {
        return this.mixSlot() !== null && this.audioSlotOf(id) === null;
    }

    /** The relay gives levels of those who speak now; who dominates stays so through a silence. */
    speaks(id) {
        return this.levels[id] !== undefined;
    }

    /** True when everything of this kind that is not a screen is muted, or nothing is sent at all. */
    #isMuted(participant, kind) {
        const tracks = participant.tracks?.filter((track) => track.kind === kind && track.source !== 'screen');
        return tracks !== undefined && tracks.every(({ muted }) => muted);
    }

    /** What one tile of somebody else shows. */
    #tile(participant) {
        const { id } = participant;
        const slot = this.videoSlotOf(id);
        const cameraOff = this.#isMuted(participant, 'video') || slot?.paused === 'muted';
        const audioMuted = this.#isMuted(participant, 'audio');
        return {
            id,
            owner: id,
            self: false,
            screen: false,
            name: this.nameOf(id),
            initials: initials(this.nameOf(id)),
            hue: hueOf(id),
            audioMuted,
            videoOn: !cameraOff,
            track: this.#cameraOf(participant)?.id,
            mid: slot !== null && !cameraOff ? slot.mid : null,
            paused: slot?.paused ?? null,
            speaking: !audioMuted && this.speaks(id),
            hand: this.hands.placeOf(id),
        };
    }

    /** The tile of a screen that somebody else shares. */
    #screenTile(participant, { id: track }) {
        const slot = this.videoSlotOf(participant.id, track);
        const name = this.nameOf(participant.id);
        return {
            ...this.#tile(participant),
            id: `${participant.id}/${track}`,
            screen: true,
            name: `${name}’s screen`,
            audioMuted: false,
            videoOn: true,
            track,
            mid: slot?.mid ?? null,
            paused: slot?.paused ?? null,
            speaking: false,
            hand: 0,
        };
    }

    /** The one tile that shows everybody. */
    #gridTile({ mid, paused }) {
        return {
            id: 'everybody',
            owner: null,
            self: false,
            screen: false,
            composed: true,
            name: 'Everybody',
            initials: '',
            hue: 0,
            audioMuted: false,
            videoOn: true,
            mid,
            paused: paused ?? null,
            speaking: false,
            hand: 0,
        };
    }

    #ownTile(self) {
        const id = this.me ?? 'me';
        return {
            id,
            owner: id,
            self: true,
            screen: false,
            name: self.name,
            initials: initials(self.name),
            hue: hueOf(id),
            audioMuted: !self.audioOn,
            videoOn: self.videoOn,
            mid: null,
            paused: null,
            speaking: self.audioOn && Boolean(self.speaking),
            hand: this.hands.placeOf(id),
        };
    }

    /**
     * The tiles of the stage: shared screens, the others in order of arrival, then oneself; of the others only those who
     * send something. Or one tile for all, oneself among them.
     *
     * @param self     {name, audioOn, videoOn, screenOn, speaking}, known here better than at the relay; null for no tile
     * @param composed everybody in one picture, once it comes
     */
    tiles(self, { composed = false } = {}) {
        const grid = composed ? this.gridSlot() : null;
        if (grid !== null) {
            return [this.#gridTile(grid)];
        }
        const others = this.talkers();
        const own = self === null ? null : this.#ownTile(self);
        const ownScreen = self?.screenOn ? [{ ...own, id: `${own.id}/screen`, screen: true, name: 'Your screen', audioMuted: false, videoOn: true, speaking: false, hand: 0 }] : [];
        const screens = others.flatMap((participant) => this.#screensOf(participant).map((track) => this.#screenTile(participant, track)));
        return [...screens, ...ownScreen, ...others.map((participant) => this.#tile(participant)), ...(own === null ? [] : [own])];
    }
}
