// The listen-only page's picture: all of the window, with words where there is none, and controls that step aside.

import { byId, element, label, setIcon } from './dom.js';
import { hueOf, initials } from './roster.js';

const STILL_MS = 3500;
const RESIZE_MS = 250;
const MOST_SCALE = 3;
const LEAST_PX = 16;

export class Player extends EventTarget {
    #box = byId('player');
    #video = byId('player-video');
    #track = null;
    #shown = false;
    #timer = null;
    #resize = null;

    /** Events: 'live' (a picture has come), 'size' (the picture is to be had in another size: size). */
    constructor() {
        super();
        this.#box.hidden = false;
        new ResizeObserver(() => {
            clearTimeout(this.#resize);
            this.#resize = setTimeout(() => this.dispatchEvent(new Event('size')), RESIZE_MS);
        }).observe(this.#box);
        for (const type of ['pointermove', 'pointerdown', 'keydown', 'focusin']) {
            document.addEventListener(type, () => this.wake());
        }
        this.wake();
    }

    /** Shows this track from now on; null for none. */
    use(track) {
        this.#track = track;
        this.#shown = false;
        this.#box.classList.remove('live');
        this.#video.srcObject = track === null ? null : new MediaStream([track]);
        this.#video.play().catch(() => {});
    }

    get live() {
        return this.#box.classList.contains('live');
    }

    /** In device pixels, the largest 16:9 that fits. */
    get size() {
        const scale = Math.min(MOST_SCALE, window.devicePixelRatio || 1);
        const width = Math.min(this.#box.clientWidth, this.#box.clientHeight * 16 / 9) * scale;
        return { width: Math.max(LEAST_PX, Math.round(width)), height: Math.max(LEAST_PX, Math.round(width * 9 / 16)) };
    }

    /** Whether the relay sends a picture now; it is shown from its first frame on. */
    expect(shown) {
        if (shown === this.#shown) {
            return;
        }
        this.#shown = shown;
        if (!shown) {
            this.#box.classList.remove('live');
            return;
        }
        const track = this.#track;
        const live = () => {
            if (this.#shown && this.#track === track) {
                this.#box.classList.add('live');
                this.dispatchEvent(new Event('live'));
            }
        };
        if ('requestVideoFrameCallback' in this.#video) {
            this.#video.requestVideoFrameCallback(live);
        } else {
            this.#video.ontimeupdate = live;
        }
    }

    /** Draws playerWords(); `roster` knows the face. */
    say({ caption, title, text, face }, roster) {
        byId('player-caption').textContent = caption;
        byId('player-caption').hidden = caption === '';
        byId('player-title').textContent = title;
        byId('player-text').textContent = text;
        const avatar = byId('player-avatar');
        avatar.hidden = face === null;
        if (face !== null) {
            avatar.className = `avatar hue-${hueOf(face)}`;
            avatar.textContent = initials(roster.nameOf(face));
            avatar.classList.toggle('speaking', roster.speaks(face));
        }
    }

    /** Lines of numbers; null takes them away. */
    write(lines) {
        const box = byId('player-stats');
        box.hidden = lines === null;
        if (lines !== null) {
            box.replaceChildren(...lines.map((line) => element('li', { textContent: line })));
        }
    }

    /** The big button: the browser holds the sound back until it is pressed. */
    invite(blocked) {
        byId('player-listen').hidden = !blocked;
        this.wake();
    }

    /** Shows the controls, for as long as something moves or is open. */
    wake() {
        document.body.classList.remove('still');
        clearTimeout(this.#timer);
        this.#timer = setTimeout(() => this.#rest(), STILL_MS);
    }

    #rest() {
        const open = !byId('notice').hidden || document.querySelector('.popover:not([hidden])') !== null;
        const used = document.activeElement?.closest?.('.dock, .bar, .chat') && document.activeElement.matches(':focus-visible');
        if (this.live && byId('player-listen').hidden && !open && !used) {
            document.body.classList.add('still');
        } else {
            this.wake();
        }
    }
}

/** The whole screen, where the browser can. Telephones of one maker can only with the video itself. */
export class FullScreen {
    constructor(video = byId('player-video')) {
        this.video = video;
        byId('full').hidden = !document.documentElement.requestFullscreen && !video.webkitEnterFullscreen;
        document.addEventListener('fullscreenchange', () => this.#draw());
        this.#draw();
    }

    #draw() {
        const on = document.fullscreenElement != null;
        setIcon(byId('full'), on ? 'full-off' : 'full');
        label(byId('full'), on ? 'Leave the full screen' : 'Full screen', 'F');
    }

    toggle() {
        const root = document.documentElement;
        if (document.fullscreenElement) {
            document.exitFullscreen();
        } else if (root.requestFullscreen) {
            root.requestFullscreen().catch(() => {});
        } else {
            this.video.webkitEnterFullscreen?.();
        }
    }
}

/** How loud everything is: a button and a slider. */
export class Loudness {
    #onChange;
    #before = 100;

    /** `onChange(percent)` is called with 0 to 100. */
    constructor(percent, onChange) {
        this.#onChange = onChange;
        const slider = byId('sound-level');
        slider.value = String(percent);
        slider.oninput = () => this.#changed();
        this.#draw();
    }

    get percent() {
        return Number(byId('sound-level').value);
    }

    toggle() {
        const on = this.percent > 0;
        this.#before = on ? this.percent : this.#before;
        byId('sound-level').value = String(on ? 0 : this.#before || 100);
        this.#changed();
    }

    #changed() {
        this.#draw();
        this.#onChange(this.percent);
    }

    #draw() {
        const on = this.percent > 0;
        setIcon(byId('sound-toggle'), on ? 'speaker' : 'speaker-off');
        byId('sound-toggle').classList.toggle('off', !on);
        label(byId('sound-toggle'), on ? 'Turn the sound off' : 'Turn the sound on', 'M');
        byId('sound-level').style.setProperty('--part', `${this.percent}%`);
    }
}
