// More people than places: pages, and what the relay must be told so that a page has its pictures.

/** One page of a list. `page` is kept within bounds. */
export function pageOf(ids, { page = 0, perPage }) {
    const size = Math.max(1, perPage);
    const pages = Math.max(1, Math.ceil(ids.length / size));
    const at = Math.min(Math.max(0, page), pages - 1);
    return { page: at, pages, ids: ids.slice(at * size, (at + 1) * size) };
}

/**
 * Which slots to pin and which to let go.
 *
 * @param slots    video slots: [{mid, participant, track, feed}]
 * @param pins     Map of mid to key, what we have pinned
 * @param wanted   [{key, participant, track?, feed?, always}]: pictures that shall be there. `always` is pinned in any
 *                 case, the others only when `crowded`. `feed` 'grid' is everybody in one.
 * @param crowded  there are more pictures than slots, and this is not the page that the relay fills by itself
 * @return [{mid, participant, track, feed, key}], key null to let go; in the order in which to send them
 */
export function planPins({ slots, pins, wanted, crowded }) {
    const due = wanted.filter(({ always }) => always || crowded);
    const shows = (slot, { participant, track, feed }) => (feed !== undefined ? slot.feed === feed : slot.participant === participant) && (track === undefined || slot.track === track);
    const placed = new Map();
    const taken = new Set();
    const take = (slot, want) => {
        placed.set(want.key, slot.mid);
        taken.add(slot.mid);
    };
    for (const want of due) {
        const slot = slots.find(({ mid }) => pins.get(mid) === want.key && !taken.has(mid))
            ?? slots.find((each) => shows(each, want) && !taken.has(each.mid));
        if (slot !== undefined) {
            take(slot, want);
        }
    }
    const needed = (slot) => wanted.some((want) => shows(slot, want));
    const spare = slots.filter(({ mid }) => !taken.has(mid))
        .sort((a, b) => Number(needed(a)) - Number(needed(b)) || Number(Boolean(a.participant)) - Number(Boolean(b.participant)));
    for (const want of due.filter(({ key }) => !placed.has(key))) {
        const slot = spare.shift();
        if (slot === undefined) {
            break;
        }
        take(slot, want);
    }
    const holder = new Map([...placed].map(([key, mid]) => [mid, key]));
    const release = [...pins.keys()].filter((mid) => !holder.has(mid)).map((mid) => ({ mid, participant: null, key: null }));
    const set = due.filter(({ key }) => placed.has(key) && pins.get(placed.get(key)) !== key)
        .map(({ key, participant, track, feed }) => ({ mid: placed.get(key), participant, track, ...(feed !== undefined ? { feed } : {}), key }));
    return [...release, ...set];
}
