// A button and the panel that it opens. At most one is open; Escape and a touch elsewhere close it.

let open = null;

export class Popover {
    /** `onOpen()` is called before the panel is shown. */
    constructor(button, panel, onOpen = () => {}) {
        Object.assign(this, { button, panel, onOpen });
        button.setAttribute('aria-expanded', 'false');
        button.addEventListener('click', () => this.toggle());
    }

    get open() {
        return !this.panel.hidden;
    }

    toggle(show = !this.open) {
        if (show === this.open) {
            return;
        }
        if (show) {
            open?.toggle(false);
            this.onOpen();
        } else if (this.panel.contains(document.activeElement)) {
            this.button.focus();
        }
        this.panel.hidden = !show;
        this.button.setAttribute('aria-expanded', String(show));
        open = show ? this : null;
    }
}

/** Closes whatever is open; false when nothing was. */
export function closePopover() {
    const was = open;
    was?.toggle(false);
    return was !== null;
}

/** Call once. */
export function startPopovers() {
    document.addEventListener('pointerdown', ({ target }) => {
        if (open !== null && !open.panel.contains(target) && !open.button.contains(target)) {
            open.toggle(false);
        }
    });
}
