// Raised hands, in the order in which they went up.

export class Hands {
    #up = new Map();
    #next = 1;

    /** Somebody's hand goes up or down; `at` orders those that were up before we came. True when that is news. */
    set(id, up, at = this.#next) {
        if (id === null || id === undefined || up === this.#up.has(id)) {
            return false;
        }
        if (up) {
            this.#up.set(id, at);
            this.#next = Math.max(this.#next, at) + 1;
        } else {
            this.#up.delete(id);
        }
        return true;
    }

    clear() {
        this.#up.clear();
        this.#next = 1;
    }

    /** Ids, first raised first. */
    get order() {
        return [...this.#up].sort(([, a], [, b]) => a - b).map(([id]) => id);
    }

    isUp(id) {
        return this.#up.has(id);
    }

    /** 1 for whoever raised first, 0 for a hand that is down. */
    placeOf(id) {
        return this.order.indexOf(id) + 1;
    }
}
