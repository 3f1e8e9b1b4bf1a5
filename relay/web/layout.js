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

/**
 * One pinned tile large, the others in a strip beside it (wide window) or below it (tall window).
 *
 * @return n rectangles; index `focus` is the large one
 */
export function spotlight(n, focus, { width, height, gap = 8 }) {
    if (n <= 1) {
        return grid(n, { width, height, gap });
    }
    const wide = width >= height;
    const strip = wide
        ? Math.max(120, Math.min(width * 0.22, 300, ((height - gap * (n - 2)) / (n - 1)) * 16 / 9))
        : Math.max(72, Math.min(height * 0.18, 160));
    const mainBox = wide
        ? { width: width - strip - gap, height, gap }
        : { width, height: height - strip - gap, gap };
    const [main] = grid(1, { ...mainBox, ratios: wide ? LANDSCAPE : PORTRAIT });
    const sideBox = wide ? { width: strip, height, gap } : { width, height: strip, gap };
    const side = grid(n - 1, { ...sideBox, ratios: LANDSCAPE })
        .map((at) => (wide ? { ...at, x: at.x + Math.round(width - strip) } : { ...at, y: at.y + Math.round(height - strip) }));
    side.splice(focus, 0, main);
    return side;
}

/** The layout for this many tiles: alone, a pair, a pinned one, or the grid. `self` is the index of one's own tile. */
export function arrange(n, { width, height, gap, self = -1, focus = -1 }) {
    if (n === 1) {
        return single({ width, height, gap });
    }
    if (focus >= 0 && n > 1) {
        return spotlight(n, focus, { width, height, gap });
    }
    if (n === 2 && self >= 0) {
        const [main, small] = duet({ width, height, gap });
        return self === 0 ? [small, main] : [main, small];
    }
    return grid(n, { width, height, gap });
}
