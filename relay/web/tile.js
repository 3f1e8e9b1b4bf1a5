// One tile: a picture or the initials, a name, and what there is to say about it.

import { element, icon, label, setIcon } from './dom.js';
import { USUAL } from './volumes.js';

const HUES = 10;

function shownName({ self, screen, name }) {
    return self && !screen ? (name ? `You, ${name}` : 'You') : name;
}

export class Tile {
    #stream = null;

    /** `onPin(id)` is called when somebody clicks the tile or its button. */
    constructor({ self, screen, composed = false }, onPin) {
        this.node = element('article', { className: `tile${self && !screen ? ' self' : ''}${screen ? ' screen' : ''}${composed ? ' composed' : ''}` });
        this.video = element('video', { autoplay: true, playsInline: true, muted: true, disablePictureInPicture: self });
        this.avatar = element('div', { className: 'avatar' });
        this.name = element('span', { className: 'tile-name' });
        this.hand = element('span', { className: 'tile-hand', hidden: true }, icon('hand'), element('b'));
        this.paused = element('div', { className: 'tile-paused' }, icon('weak'), element('span', { textContent: 'Paused: slow network' }));
        this.stats = element('ul', { className: 'tile-stats', hidden: true });
        this.pin = element('button', { className: 'round tile-pin', type: 'button' }, icon('pin'));
        this.volume = element('span', { className: 'tile-volume', hidden: true }, icon('speaker'), element('b'));
        const plate = element('div', { className: 'tile-label' }, icon('mic-off', 'tile-muted'), this.name, this.volume);
        this.node.append(element('div', { className: 'tile-face' }, this.avatar), this.video, this.paused, plate, this.stats, this.hand, this.pin);
        this.pin.onclick = () => onPin(this.node.dataset.participant);
        this.node.onclick = (event) => {
            if (!event.target.closest('button') && !event.defaultPrevented) {
                onPin(this.node.dataset.participant);
            }
        };
    }

    /** How loud somebody is played, in per cent, when it is not as they come. */
    turn(percent) {
        this.volume.hidden = percent === USUAL;
        this.volume.querySelector('b').textContent = `${percent} %`;
        setIcon(this.volume, percent === 0 ? 'speaker-off' : 'speaker');
    }

    /** Draws everything but the picture. */
    update(model, pinned) {
        const { node } = this;
        const shown = shownName(model);
        const network = model.paused === 'network';
        node.dataset.participant = model.id;
        for (let hue = 0; hue < HUES; hue++) {
            node.classList.toggle(`hue-${hue}`, hue === model.hue);
        }
        this.turn(model.volume ?? USUAL);
        this.name.textContent = shown;
        this.name.title = shown;
        this.avatar.textContent = model.initials;
        node.setAttribute('aria-label', [shown, model.audioMuted && 'muted', network && 'picture paused by the network', model.hand > 0 && `hand raised, number ${model.hand}`].filter(Boolean).join(', '));
        node.classList.toggle('muted', model.audioMuted);
        node.classList.toggle('weak', network);
        node.classList.toggle('speaking', model.speaking);
        node.classList.toggle('pinned', pinned);
        this.hand.hidden = !(model.hand > 0);
        this.hand.querySelector('b').textContent = model.hand > 1 ? String(model.hand) : '';
        setIcon(this.pin, pinned ? 'unpin' : 'pin');
        label(this.pin, pinned ? `Show ${shown} as all others` : `Show ${shown} large`);
        this.pin.setAttribute('aria-pressed', String(pinned));
    }

    /** Attaches a track; the picture fades in with its first frame, so that nobody sees a black tile. */
    show(track) {
        const { node, video } = this;
        if ((this.#stream?.getTracks()[0] ?? null) === track) {
            return;
        }
        node.classList.remove('live');
        this.#stream = track === null ? null : new MediaStream([track]);
        video.srcObject = this.#stream;
        if (track === null) {
            return;
        }
        const stream = this.#stream;
        const live = () => node.classList.toggle('live', this.#stream === stream);
        if ('requestVideoFrameCallback' in video) {
            video.requestVideoFrameCallback(live);
        } else {
            video.onloadeddata = live;
        }
        video.play().catch(() => {});
    }

    place({ x, y, w, h, large, floating }) {
        const { style, classList } = this.node;
        style.transform = `translate(${x}px, ${y}px)`;
        style.width = `${w}px`;
        style.height = `${h}px`;
        classList.toggle('large', large);
        classList.toggle('floating', floating);
    }

    /** Writes numbers on the picture; null takes them away. */
    write(lines) {
        this.stats.hidden = lines === null;
        if (lines !== null) {
            this.stats.replaceChildren(...lines.map((line) => element('li', { textContent: line })));
        }
    }

    remove() {
        this.video.srcObject = null;
        this.#stream = null;
        this.node.remove();
    }
}
