// What the stage shows: who, where, on which page, who large. Numbers and names in, places out.

import { arrange, gridCapacity, stripCapacity } from './layout.js';
import { pageOf } from './paging.js';
import { seat } from './seats.js';

/** Whoever is shown large, or null for the gallery. */
export function chooseFocus(models, { mode, pinned = null, staged = null, speaker = null }) {
    const here = (id) => id !== null && models.some((model) => model.id === id);
    const everybody = models.find(({ composed }) => composed);
    if (everybody !== undefined) {
        return everybody.id;
    }
    if (here(pinned)) {
        return pinned;
    }
    if (here(staged)) {
        return staged;
    }
    const others = models.filter(({ self, screen }) => !self && !screen);
    if (mode !== 'speaker' || models.length <= 2 || others.length === 0) {
        return null; // of two, the other one is large already
    }
    return others.some(({ id }) => id === speaker) ? speaker : others[0].id;
}

/**
 * The stage at one moment.
 *
 * Oneself is on every page, at the end, so that nobody looks for their own picture. Shared screens come first. With two
 * people and nothing large, the other one fills the stage.
 *
 * @param models roster.tiles()
 * @param order  seats of the others as they were (seats.js)
 * @param page   the page that is asked for
 * @param focus  chooseFocus()
 * @param slots  how many pictures can arrive at once; a page holds no more tiles than that
 * @param led, shown, dominant, steady as in seats.js; beyond the first page nobody moves anyway
 * @param box    {width, height, gap} of the stage in CSS pixels
 * @return {places: [{id, x, y, w, h, large, floating}], order, page, pages, focus}
 */
export function sceneOf({ models, order, page, focus, slots, led, shown, dominant, box, steady = false }) {
    const self = models.find((model) => model.self && !model.screen) ?? null;
    const total = models.length;
    const screens = models.filter(({ screen }) => screen).map(({ id }) => id);
    const people = models.filter((model) => !model.self && !model.screen).map(({ id }) => id);
    const byId = new Map(models.map((model) => [model.id, model]));
    const limit = Math.max(1, slots);
    const tail = self !== null && focus !== self.id ? [self.id] : [];
    const capacity = focus === null ? gridCapacity({ ...box, limit: Math.min(limit, Math.max(1, total)) }) : Math.min(limit, stripCapacity(total - 1, box));
    const perPage = Math.max(1, capacity - tail.length);
    const screensAside = screens.filter((id) => id !== focus);
    const seats = seat(order, people, { first: Math.max(1, perPage - screensAside.length), led, shown, dominant: dominant === focus ? null : dominant, steady: steady || page > 0 });
    const list = [...screensAside, ...seats.filter((id) => id !== focus)];
    const shownPage = pageOf(list, { page, perPage });
    const ids = [...(focus === null ? [] : [focus]), ...shownPage.ids, ...tail];
    const places = arrange(ids.length, {
        ...box,
        self: self === null ? -1 : ids.indexOf(self.id),
        focus: focus === null ? -1 : 0,
        fill: Boolean(byId.get(focus)?.screen || byId.get(focus)?.composed),
        alike: shownPage.pages === 1 ? 0 : perPage + tail.length,
    });
    const pair = focus === null && ids.length === 2 && shownPage.pages === 1 && self !== null;
    return {
        places: ids.map((id, at) => ({ id, ...places[at], large: id === focus, floating: pair && id === self.id })),
        order: seats,
        page: shownPage.page,
        pages: shownPage.pages,
        focus,
    };
}

/** A new speaker comes from the strip, and whoever was large takes that seat: only one small tile changes. */
export function exchange(order, was, now) {
    const [a, b] = [order.indexOf(was), order.indexOf(now)];
    if (a < 0 || b < 0) {
        return order;
    }
    const next = [...order];
    [next[a], next[b]] = [next[b], next[a]];
    return next;
}

/** Frames per second that a tile of this width deserves. */
function fpsFor(width, screen) {
    return screen ? 15 : width < 230 ? 15 : 30;
}

/**
 * What the relay is to be told about this scene.
 *
 * @param models  roster.tiles()
 * @param scene   sceneOf()
 * @param slots   video slots as the relay tells of them: [{mid, participant}]
 * @param told    function of mid: the size last told, or null
 * @param scale   device pixels per CSS pixel
 * @param pinned  id that a person has pinned, or null
 * @param room    how many pictures can arrive at once
 * @param hidden  nobody looks at the page at all
 * @param composing everybody is to be in one picture; until it comes, all others go on
 * @return {views: [{mid, width, height, fps}], wanted, crowded}; the latter two are for planPins() (paging.js)
 */
export function wishesOf({ models, scene, slots, told = () => null, scale = 1, pinned = null, room, hidden = false, composing = false }) {
    const placeOf = new Map(hidden ? [] : scene.places.map((place) => [place.id, place]));
    const pictures = models.filter(({ self, videoOn }) => !self && videoOn);
    const tooMany = pictures.length > room;
    const views = [];
    for (const { id, mid, screen } of pictures) {
        const place = placeOf.get(id);
        if (mid !== null && place !== undefined) {
            views.push({ mid, width: Math.round(place.w * scale), height: Math.round(place.h * scale), fps: fpsFor(place.w, screen) });
        } else if (mid !== null) {
            views.push({ mid, width: 0, height: 0, fps: 0 });
        }
    }
    const small = scene.places.find(({ large, floating }) => !large && !floating) ?? scene.places[0];
    const used = new Set(views.map(({ mid }) => mid));
    const one = models.some(({ composed }) => composed);
    for (const { mid } of hidden ? [] : slots) {
        if (one && !used.has(mid)) {
            views.push({ mid, width: 0, height: 0, fps: 0 }); // all is in the one picture
        } else if (!used.has(mid) && told(mid)?.width === 0 && small !== undefined) {
            views.push({ mid, width: Math.round(small.w * scale), height: Math.round(small.h * scale), fps: 15 }); // for whoever comes next
        }
    }
    const wanted = pictures.filter(({ id, composed }) => placeOf.has(id) && !composed)
        .map(({ id, owner, screen, track }) => ({ key: id, participant: owner, ...(screen ? { track } : {}), always: id === pinned || (screen && tooMany) }));
    if (composing && !hidden) {
        wanted.push({ key: 'everybody', participant: null, feed: 'grid', always: true });
    }
    return { views, wanted, crowded: tooMany && scene.page > 0 };
}
