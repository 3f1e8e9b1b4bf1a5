// What the camera and the screen are sent as: which layers, how large, how fast, and which of them anybody wants.

/** Pixels above which a browser sends three layers, and two (libwebrtc's table of simulcast formats). */
const THREE_LAYERS_PX = 960 * 540;
const TWO_LAYERS_PX = 480 * 270;

/** What VP8 of a talking person needs, by pixels; rates between are interpolated. */
const RATES = [[320 * 180, 150_000], [640 * 360, 500_000], [960 * 540, 1_200_000], [1280 * 720, 2_200_000], [1920 * 1080, 3_500_000]];

const CAMERA_RIDS = ['q', 'h', 'f'];
const SCREEN_RIDS = ['h', 'f'];

/** A shared screen is read rather than watched: sharp, with few frames; the smaller layer is for narrow links. */
const SCREEN = [{ scaleResolutionDownBy: 2, maxBitrate: 400_000, maxFramerate: 5 }, { scaleResolutionDownBy: 1, maxBitrate: 2_500_000, maxFramerate: 15 }];

/** Bit rate for a picture of this many pixels. */
export function rateFor(pixels) {
    if (pixels <= RATES[0][0]) {
        return Math.max(60_000, Math.round(RATES[0][1] * pixels / RATES[0][0]));
    }
    for (let at = 1; at < RATES.length; at++) {
        const [low, lowRate] = RATES[at - 1];
        const [high, highRate] = RATES[at];
        if (pixels <= high) {
            return Math.round(lowRate + (highRate - lowRate) * (pixels - low) / (high - low));
        }
    }
    return RATES.at(-1)[1];
}

/**
 * The camera's layers, low to high.
 *
 * A browser leaves out the last layers when the picture is small (640x360: two, 320x240: one), so what is left must not
 * be the scaled-down ones: the factors move down with the number of layers.
 *
 * @return [{rid, scaleResolutionDownBy, maxBitrate, possible}]
 */
export function cameraLayers(width = 1280, height = 720) {
    const pixels = width * height;
    const count = pixels >= THREE_LAYERS_PX ? 3 : pixels >= TWO_LAYERS_PX ? 2 : 1;
    return CAMERA_RIDS.map((rid, at) => {
        const scale = 2 ** Math.max(0, count - 1 - at);
        return { rid, scaleResolutionDownBy: scale, maxBitrate: rateFor(pixels / scale ** 2), possible: at < count };
    });
}

export function screenLayers() {
    return SCREEN.map((layer, at) => ({ rid: SCREEN_RIDS[at], ...layer, possible: true }));
}

/**
 * Which layers to send.
 *
 * @param layers as made above
 * @param wanted per layer true or false, undefined for "the relay has not said", which counts as wanted
 * @return booleans; the lowest is on whenever any is wanted, and a wanted layer that is not possible is served by the
 *         highest that is
 */
export function activeLayers(layers, wanted) {
    const want = layers.map((_, at) => wanted[at] ?? true);
    const top = layers.findLastIndex(({ possible }) => possible);
    const tooHigh = want.some((each, at) => each && at > top);
    return layers.map(({ possible }, at) => possible && (want[at] || (at === 0 && want.includes(true)) || (at === top && tooHigh)));
}

/**
 * Writes what is due into the encodings of RTCRtpSendParameters.
 *
 * @return true when something changed
 */
export function fitEncodings(encodings, layers, wanted) {
    const active = activeLayers(layers, wanted);
    let changed = false;
    encodings.forEach((encoding, index) => {
        const named = layers.findIndex(({ rid }) => rid === encoding.rid);
        const at = named >= 0 ? named : index;
        if (layers[at] === undefined) {
            return;
        }
        const single = encodings.length === 1 && named < 0; // a browser without simulcast sends the whole picture
        const { scaleResolutionDownBy, maxBitrate, maxFramerate } = layers[single ? layers.findLastIndex(({ possible }) => possible) : at];
        const due = { active: single ? active.includes(true) : active[at], scaleResolutionDownBy, maxBitrate, ...(maxFramerate ? { maxFramerate } : {}) };
        for (const [key, value] of Object.entries(due)) {
            if (encoding[key] !== value) {
                encoding[key] = value;
                changed = true;
            }
        }
    });
    return changed;
}

/** Wanted per layer, from the relay's `layers` message; undefined where it says nothing about a layer. */
export function wantedOf(layers, told) {
    return layers.map(({ rid }, at) => told.find((each) => (each.rid ? each.rid === rid : each.index === at))?.wanted);
}
