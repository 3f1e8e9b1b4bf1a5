// Pages of the stage: arrows and dots below it, a swipe across it.

import { byId, element } from './dom.js';

const SWIPE_PX = 56;
/** More dots than this nobody counts. */
const MOST_DOTS = 8;

export class Pager {
    #node = byId('pager');
    #pages = 1;
    #page = 0;
    #onTurn;

    /** `onTurn(page)` is called when somebody turns to a page. */
    constructor({ box, onTurn }) {
        this.#onTurn = onTurn;
        byId('page-back').onclick = () => this.#turn(-1);
        byId('page-on').onclick = () => this.#turn(1);
        this.#swipes(box);
    }

    #turn(by) {
        const page = this.#page + by;
        if (page >= 0 && page < this.#pages) {
            this.#onTurn(page);
        }
    }

    #swipes(box) {
        let start = null;
        box.addEventListener('pointerdown', (event) => {
            start = event.pointerType === 'mouse' || !event.isPrimary ? null : { x: event.clientX, y: event.clientY };
        });
        box.addEventListener('pointercancel', () => {
            start = null;
        });
        box.addEventListener('pointerup', (event) => {
            const x = start === null ? 0 : event.clientX - start.x;
            const y = start === null ? 0 : event.clientY - start.y;
            start = null;
            if (Math.abs(x) > SWIPE_PX && Math.abs(x) > 2 * Math.abs(y)) {
                box.addEventListener('click', (click) => click.preventDefault(), { capture: true, once: true });
                this.#turn(x < 0 ? 1 : -1);
            }
        });
    }

    /** Height of its row, 0 while there is one page. */
    get height() {
        return this.#node.hidden ? 0 : this.#node.offsetHeight;
    }

    /** Shows where we are. True when the row has come or gone. */
    draw({ page, pages }) {
        const hidden = pages <= 1;
        const changed = this.#node.hidden !== hidden;
        this.#node.hidden = hidden;
        if (!changed && page === this.#page && pages === this.#pages) {
            return false;
        }
        this.#page = page;
        this.#pages = pages;
        byId('page-back').disabled = page === 0;
        byId('page-on').disabled = page === pages - 1;
        const dots = pages > MOST_DOTS ? [] : Array.from({ length: pages }, (_, at) => element('i', { className: at === page ? 'here' : '' }));
        byId('page-dots').replaceChildren(...dots);
        byId('page-text').textContent = `Page ${page + 1} of ${pages}`;
        byId('page-text').classList.toggle('sr', pages <= MOST_DOTS);
        return changed;
    }
}
