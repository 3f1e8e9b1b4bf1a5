// What the address of the page says: room, name, token, and the switches that tests and embedding pages use.

const ROOM = /^[A-Za-z0-9._~-]{1,64}$/;

const FIRST = ['amber', 'brisk', 'calm', 'clear', 'cosy', 'early', 'gentle', 'golden', 'kind', 'light',
    'little', 'lucky', 'mellow', 'merry', 'quiet', 'round', 'silver', 'sunny', 'warm', 'wide'];
const SECOND = ['anchor', 'bridge', 'brook', 'cedar', 'comet', 'ferry', 'garden', 'harbour', 'heron', 'lantern',
    'maple', 'meadow', 'otter', 'pebble', 'robin', 'sail', 'sparrow', 'terrace', 'valley', 'willow'];

/** True when the relay would take this room name (API.md 1). */
export function roomIsValid(room) {
    return ROOM.test(room);
}

/** Makes a typed room name acceptable where that is possible: blanks become dashes, the rest is dropped. */
export function roomFromText(text) {
    return text.trim().normalize('NFKD').replace(/\s+/g, '-').replace(/[^A-Za-z0-9._~-]/g, '').slice(0, 64);
}

/** A room name that is easy to say on the telephone. `random` returns [0, 1). */
export function suggestRoom(random = Math.random) {
    const pick = (list) => list[Math.floor(random() * list.length)];
    return `${pick(FIRST)}-${pick(SECOND)}-${10 + Math.floor(random() * 90)}`;
}

/**
 * Reads the page's address.
 *
 * @param href whole URL of the page
 * @return {{room, name, token, autojoin, audio, video, slots, listen, picture}}; room is '' when the address names none,
 *         slots 0; picture is what a listener wants to see: 'grid' or 'speaker'
 */
export function readAddress(href) {
    const url = new URL(href);
    const query = url.searchParams;
    const hash = new URLSearchParams(url.hash.slice(1));
    const path = /^\/r\/([^/]+)\/?$/.exec(url.pathname);
    const off = (key) => ['0', 'false', 'off'].includes(query.get(key) ?? '');
    let room = query.get('room') ?? '';
    if (path) {
        try {
            room = decodeURIComponent(path[1]);
        } catch {
            room = path[1];
        }
    }
    return {
        room,
        name: [...(query.get('name') ?? '')].slice(0, 64).join(''),
        token: hash.get('token') ?? query.get('token') ?? '',
        autojoin: ['1', 'true', 'on'].includes(query.get('autojoin') ?? ''),
        audio: !off('audio'),
        video: !off('video'),
        slots: Math.max(0, Math.trunc(Number(query.get('slots'))) || 0),
        listen: query.has('listen') && !off('listen'),
        picture: query.get('video') === 'speaker' ? 'speaker' : 'grid',
    };
}

/** The link to hand to friends: no name, no token, only the room. */
export function inviteLink(origin, room) {
    return `${origin}/r/${encodeURIComponent(room)}`;
}

/** The link for those who only watch and listen. */
export function listenLink(origin, room) {
    return `${inviteLink(origin, room)}?listen`;
}
