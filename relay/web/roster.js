// Who is in the room and which slot shows whom: the events of the relay (API.md 2) folded into one model.

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
        this.clear();
    }

    clear() {
        this.me = null;
        this.room = null;
        this.participants = new Map();
        this.slots = new Map();
        this.dominant = null;
        this.levels = {};
    }

    /**
     * Folds one message in.
     *
     * @return what changed: 'people', 'slots', 'speaking', 'all', or null for messages that are none of the roster's business
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
            this.dominant = idOf(message.dominant);
            this.levels = message.levels ?? {};
            return 'speaking';
        default:
            return null;
        }
    }

    #welcome(message) {
        this.clear();
        this.me = idOf(message.participant);
        this.room = idOf(message.room);
        for (const participant of message.participants ?? []) {
            this.#put(participant);
        }
        this.#setSlots(message.slots);
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

    /** The slot that shows this participant's camera, or null. */
    videoSlotOf(id) {
        let found = null;
        for (const slot of this.slots.values()) {
            if (slot.kind === 'video' && slot.participant === id && slot.feed === 'track') {
                found = found === null || slot.track < found.track ? slot : found;
            }
        }
        return found;
    }

    /** A slot to give to a pinned participant: the one that shows them, else an empty one, else the last. */
    slotToPin(id) {
        const video = [...this.slots.values()].filter(({ kind }) => kind === 'video');
        return this.videoSlotOf(id) ?? video.find(({ feed }) => !feed) ?? video.at(-1) ?? null;
    }

    /** The relay gives levels of those who speak now; who dominates stays so through a silence. */
    speaks(id) {
        return this.levels[id] !== undefined;
    }

    #isMuted(participant, kind) {
        const tracks = participant.tracks?.filter((track) => track.kind === kind);
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
            self: false,
            name: this.nameOf(id),
            initials: initials(this.nameOf(id)),
            hue: hueOf(id),
            audioMuted,
            mid: slot !== null && !cameraOff ? slot.mid : null,
            paused: slot?.paused ?? null,
            speaking: !audioMuted && this.speaks(id),
        };
    }

    /**
     * The tiles of the stage: the others in order of arrival, then oneself.
     *
     * @param self {name, audioOn, videoOn, speaking}, known here better than at the relay
     */
    tiles(self) {
        const id = this.me ?? 'me';
        return [...this.others().map((participant) => this.#tile(participant)), {
            id,
            self: true,
            name: self.name,
            initials: initials(self.name),
            hue: hueOf(id),
            audioMuted: !self.audioOn,
            mid: null,
            videoOn: self.videoOn,
            paused: null,
            speaking: self.audioOn && Boolean(self.speaking),
        }];
    }
}
