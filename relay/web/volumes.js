// How loud each person is played here: 0 to 200 per cent, kept for whoever leaves and comes back in this call.

export const USUAL = 100;
export const MOST = 200;

export class Volumes {
    #byId = new Map(); // {percent, name}
    #gone = new Map(); // by name, of those who have left

    /** Per cent for somebody. */
    of({ id, name = '' }) {
        return this.#byId.get(id)?.percent ?? this.#gone.get(name) ?? USUAL;
    }

    set({ id, name = '' }, percent) {
        const whole = Math.round(Number(percent));
        this.#byId.set(id, { percent: Number.isFinite(whole) ? Math.min(MOST, Math.max(0, whole)) : USUAL, name });
    }

    /** Who is here now: Map of id to participant. Whoever comes back has another id, and the same name. */
    follow(participants) {
        for (const [id, { percent, name }] of this.#byId) {
            if (!participants.has(id)) {
                this.#byId.delete(id);
                if (name !== '') {
                    this.#gone.set(name, percent);
                }
            }
        }
        for (const { id, name } of participants.values()) {
            if (name && this.#gone.has(name) && !this.#byId.has(id)) {
                this.set({ id, name }, this.#gone.get(name));
                this.#gone.delete(name);
            }
        }
    }

    /** How loud each audio slot is to be played: Map of mid to a factor of 0 to 2. A mix is nobody's. */
    factors(slots, participants) {
        const factors = new Map();
        for (const { mid, kind, feed, participant } of slots) {
            if (kind === 'audio') {
                const who = feed === 'mix' ? undefined : participants.get(participant);
                factors.set(mid, who === undefined ? 1 : this.of(who) / USUAL);
            }
        }
        return factors;
    }
}
