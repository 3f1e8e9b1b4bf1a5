// What the listen-only page says over its picture, and in the place of one.

const MOST_NAMES = 3;

/** "Ann", "Ann and Ben", "Ann, Ben and 3 others". */
export function namesText(names) {
    if (names.length > MOST_NAMES) {
        return `${names.slice(0, MOST_NAMES - 1).join(', ')} and ${names.length - MOST_NAMES + 1} others`;
    }
    return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}

/** Names of those who speak now, who dominates first, then the loudest. */
export function speakers(roster) {
    return roster.talkers().filter(({ id }) => roster.speaks(id))
        .sort((a, b) => Number(b.id === roster.dominant) - Number(a.id === roster.dominant) || roster.levels[a.id] - roster.levels[b.id])
        .map(({ id }) => roster.nameOf(id));
}

/**
 * What there is to say.
 *
 * @param joined  the call has been up
 * @param roster  Roster
 * @param slot    what the relay says of the picture, or null
 * @param live    a picture is to be seen
 * @return {caption, title, text, face}: caption lies on the picture, title and text stand where none is; face is the id of
 *         somebody who stands there, too, or null
 */
export function playerWords({ joined, roster, slot = null, live }) {
    const talkers = roster.talkers();
    const names = speakers(roster);
    if (!joined) {
        return { caption: '', title: 'Coming in…', text: '', face: null };
    }
    if (talkers.length === 0) {
        return { caption: '', title: 'Nobody is here yet', text: 'Leave this open: whoever comes will be heard and seen.', face: null };
    }
    if (live) {
        const shown = slot?.feed === 'track' && slot.participant !== null ? roster.nameOf(slot.participant) : '';
        return { caption: shown || namesText(names), title: '', text: '', face: null };
    }
    const face = talkers.some(({ id }) => id === roster.dominant) ? roster.dominant : talkers[0].id;
    const text = slot?.paused === 'network' ? 'The picture is paused: slow network. The sound goes on.' : 'There is no picture at the moment.';
    return { caption: '', title: names.length > 0 ? namesText(names) : namesText(talkers.map(({ id }) => roster.nameOf(id))), text, face };
}
