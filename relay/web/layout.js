// Where tiles go: numbers in, rectangles out.

/** Tiles are 16:9; in a tall window they may grow to 3:4, because a phone held upright has height to give. */
export const LANDSCAPE = { min: 16 / 9, max: 16 / 9 };
export const PORTRAIT = { min: 3 / 4, max: 16 / 9 };

export function ratiosFor(width, height) {
    return height > width * 1.1 ? PORTRAIT : LANDSCAPE;
}

function rounded({ x, y, w, h }) {
    return { x: Math.round(x), y: Math.round(y), w: Math.floor(w), h: Math.floor(h) };
}

/** The largest tile for each of `n` in `cols` columns of the box. */
function tileFor(n, cols, { width, height, gap, ratios }) {
    const rows = Math.ceil(n / cols);
    const cellW = (width - gap * (cols - 1)) / cols;
    const cellH = (height - gap * (rows - 1)) / rows;
    if (cellW <= 0 || cellH <= 0) {
        return { cols, rows, w: 0, h: 0 };
    }
    const ratio = Math.min(ratios.max, Math.max(ratios.min, cellW / cellH));
    const w = Math.min(cellW, cellH * ratio);
    return { cols, rows, w, h: w / ratio };
}

/**
 * Lays `n` tiles out in a grid with the greatest tile area, centred, the last row centred too.
 *
 * @param n    number of tiles
 * @param box  {width, height, gap, ratios?} in CSS pixels
 * @return     n rectangles {x, y, w, h}, row by row
 */
export function grid(n, { width, height, gap = 8, ratios = ratiosFor(width, height) }) {
    let best = { cols: 1, rows: 1, w: 0, h: 0 };
    for (let cols = 1; cols <= n; cols++) {
        const tile = tileFor(n, cols, { width, height, gap, ratios });
        if (tile.w * tile.h > best.w * best.h + 0.5) {
            best = tile;
        }
    }
    const { cols, rows, w, h } = best;
    const top = (height - rows * h - (rows - 1) * gap) / 2;
    const places = [];
    for (let at = 0; at < n; at++) {
        const row = Math.floor(at / cols);
        const inRow = row === rows - 1 ? n - cols * (rows - 1) : cols;
        const left = (width - inRow * w - (inRow - 1) * gap) / 2;
        places.push(rounded({ x: left + (at % cols) * (w + gap), y: top + row * (h + gap), w, h }));
    }
    return places;
}

/** One picture: a tall window is filled to its foot. */
export function single({ width, height, gap = 8 }) {
    const ratios = ratiosFor(width, height) === PORTRAIT ? { min: 9 / 20, max: 16 / 9 } : LANDSCAPE;
    return grid(1, { width, height, gap, ratios });
}

/** Two people: the other one as large as possible, oneself small in the corner (second rectangle). */
export function duet({ width, height, gap = 8 }) {
    const [main] = single({ width, height, gap });
    const tall = main.h > main.w;
    const w = tall ? Math.max(96, main.w * 0.28) : Math.min(320, Math.max(140, main.w * 0.2));
    const h = tall ? w * 4 / 3 : w * 9 / 16;
    const inset = gap + 4;
    return [main, rounded({ x: main.x + main.w - w - inset, y: main.y + main.h - h - inset, w, h })];
}

/** The smallest tile in which a face and a name can still be made out. */
const SMALLEST = { w: 96, h: 72 };

/** How many tiles of a grid fit before they become too small; at most `limit`. */
export function gridCapacity({ width, height, gap = 8, limit }) {
    for (let n = limit; n > 1; n--) {
        const [{ w, h }] = grid(n, { width, height, gap });
        if (w >= SMALLEST.w && h >= SMALLEST.h) {
            return n;
        }
    }
    return 1;
}

/** Columns of a strip on the right, of tiles this wide. */
function column(cols, w, { height, gap }) {
    const h = Math.floor(w * 9 / 16);
    return { wide: true, size: cols * w + (cols - 1) * gap, cols, rows: Math.max(1, Math.floor((height + gap) / (h + gap))), w, h };
}

/** The strip beside the large picture: on the right of a wide window (two columns for many), below in a tall one. */
function stripOf(n, { width, height, gap }) {
    const wide = width >= height;
    if (wide) {
        const one = column(1, Math.floor(Math.min(Math.max(116, width * 0.17), 420, width * 0.3)), { height, gap });
        return n <= one.rows || width < 1000 ? one : column(2, Math.floor(Math.max(116, width * 0.105)), { height, gap });
    }
    const size = Math.floor(height * 0.4);
    const cols = Math.max(2, Math.floor((width + gap) / (Math.min(220, Math.max(SMALLEST.w + 8, width / 4)) + gap)));
    const w = Math.floor((width - gap * (cols - 1)) / cols);
    const rows = Math.max(1, Math.round((size + gap) / (w * 0.85 + gap)));
    return { wide, size, cols, rows, w, h: Math.min(Math.floor(w * 4 / 3), Math.floor((size - gap * (rows - 1)) / rows)) };
}

/** How many of `n` tiles the strip has room for. */
export function stripCapacity(n, { width, height, gap = 8 }) {
    const { cols, rows } = stripOf(n, { width, height, gap });
    return cols * rows;
}

/** `n` places of the strip; more than it has room for make it as small as it takes. */
function stripPlaces(n, strip, { width, height, gap }) {
    const { wide, size, cols, rows, w, h } = strip;
    if (n > cols * rows) {
        const box = wide ? { width: size, height, gap } : { width, height: size, gap };
        return grid(n, { ...box, ratios: wide ? LANDSCAPE : PORTRAIT })
            .map((at) => (wide ? { ...at, x: at.x + Math.floor(width - size) } : { ...at, y: at.y + Math.floor(height - size) }));
    }
    const used = Math.ceil(n / cols);
    const top = wide ? Math.max(0, (height - used * h - (used - 1) * gap) / 2) : height - size;
    const places = [];
    for (let at = 0; at < n; at++) {
        const row = Math.floor(at / cols);
        const inRow = row === used - 1 ? n - cols * (used - 1) : cols;
        const left = wide ? width - size : (width - inRow * w - (inRow - 1) * gap) / 2;
        places.push(rounded({ x: left + (at % cols) * (w + gap), y: top + row * (h + gap), w, h }));
    }
    return places;
}

/**
 * One tile large, the others in a strip beside it (wide window) or below it (tall window).
 *
 * @param fill  true when the large one is shown whole whatever its shape (a shared screen): it takes all the room
 * @param alike size the strip for this many tiles, so that all pages look alike
 * @return n rectangles; index `focus` is the large one
 */
export function spotlight(n, focus, { width, height, gap = 8, fill = false, alike = 0 }) {
    if (n <= 1) {
        return fill ? [rounded({ x: 0, y: 0, w: width, h: height })] : single({ width, height, gap });
    }
    const strip = stripOf(alike > 0 ? alike : n - 1, { width, height, gap });
    const used = Math.min(strip.rows, Math.ceil((n - 1) / strip.cols));
    const below = strip.wide ? 0 : Math.min(strip.size, used * strip.h + (used - 1) * gap);
    const room = strip.wide
        ? { width: width - strip.size - gap, height, gap }
        : { width, height: height - (n - 1 > strip.cols * strip.rows ? strip.size : below) - gap, gap };
    const shape = strip.wide ? LANDSCAPE : { min: 1, max: 16 / 9 };
    const [main] = fill ? [rounded({ x: 0, y: 0, w: room.width, h: room.height })] : grid(1, { ...room, ratios: shape });
    const side = stripPlaces(n - 1, strip.wide ? strip : { ...strip, size: height - room.height - gap }, { width, height, gap });
    side.splice(focus, 0, main);
    return side;
}

/**
 * The layout for this many tiles: alone, a pair, one large, or the grid.
 *
 * @param self  index of one's own tile, -1 for none
 * @param focus index of the large tile, -1 for none
 * @param fill  the large tile is a screen
 * @param alike size grid or strip for this many tiles, so that all pages look alike; 0 for as many as there are
 */
export function arrange(n, { width, height, gap, self = -1, focus = -1, fill = false, alike = 0 }) {
    if (focus >= 0) {
        return spotlight(n, focus, { width, height, gap, fill, alike });
    }
    if (alike > n) {
        return grid(alike, { width, height, gap }).slice(0, n);
    }
    if (n === 1) {
        return single({ width, height, gap });
    }
    if (n === 2 && self >= 0) {
        const [main, small] = duet({ width, height, gap });
        return self === 0 ? [small, main] : [main, small];
    }
    return grid(n, { width, height, gap });
}
