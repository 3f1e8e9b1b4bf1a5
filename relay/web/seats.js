// Who sits where: people keep their place, and only a speaker from a later page changes places with somebody.

/** How long ago somebody has led the talk; those who never did go first. */
function recency(led, id) {
    return led.get(id) ?? -1;
}

/**
 * The order of the others.
 *
 * @param order  as it was, ids
 * @param ids    who is here now, in order of arrival
 * @param first  how many of them the first page holds
 * @param led    Map of id to a number that grows each time somebody becomes the dominant speaker
 * @param shown  Set of ids whose picture the relay has put on a slot; it chooses by speech, so they belong to the front
 * @param steady true while nobody may move (another page is being looked at)
 * @return the new order
 */
export function seat(order, ids, { first = Infinity, led = new Map(), shown = new Set(), dominant = null, steady = false } = {}) {
    const here = new Set(ids);
    const known = new Set(order);
    const seats = [...order.filter((id) => here.has(id)), ...ids.filter((id) => !known.has(id))];
    if (steady || seats.length <= first) {
        return seats;
    }
    const swap = (a, b) => {
        [seats[a], seats[b]] = [seats[b], seats[a]];
    };
    /** The seat on the first page to give up: no picture before a picture, then who spoke longest ago, from the end. */
    const weakest = (may) => {
        let found = -1;
        for (let at = first - 1; at >= 0; at--) {
            if (may(seats[at]) && (found < 0 || recency(led, seats[at]) < recency(led, seats[found]))) {
                found = at;
            }
        }
        return found;
    };
    for (let at = first; at < seats.length; at++) {
        if (shown.has(seats[at])) {
            const give = weakest((id) => !shown.has(id) && id !== dominant && recency(led, id) <= recency(led, seats[at]));
            if (give >= 0) {
                swap(at, give);
            }
        }
    }
    const speaker = seats.indexOf(dominant);
    if (speaker >= first) {
        const silent = weakest((id) => !shown.has(id));
        const give = silent >= 0 ? silent : weakest(() => true);
        if (give >= 0) {
            swap(speaker, give);
        }
    }
    return seats;
}
