// How many slots the page offers: once, at the start, because nothing is renegotiated when people come and go.

/** Three voices are all that anybody follows; the others are for laughter, and for those who fall silent slowly. */
export const AUDIO_SLOTS = 6;
export const MOST_VIDEO_SLOTS = 49;

/** Who only listens takes one of each: the room mixed, and composed to one picture. */
export const LISTENING = { audio: 1, video: 1 };

const PHONE_PX = 600;
const TABLET_PX = 900;

/**
 * Video slots to offer.
 *
 * @param asked  what the address asks for (?slots=), 0 for nothing
 * @param width  of the screen, CSS pixels, either way round
 * @param height of the screen
 * @param cores  of the processor, as the browser tells
 */
export function videoSlots({ asked = 0, width, height, cores = 4 }) {
    if (asked > 0) {
        return Math.min(MOST_VIDEO_SLOTS, asked);
    }
    const short = Math.min(width, height);
    if (short < PHONE_PX) {
        return cores <= 4 ? 6 : 9;
    }
    return short < TABLET_PX ? 12 : 16;
}
