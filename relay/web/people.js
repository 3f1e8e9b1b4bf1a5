// The list of people: raised hands first, in the order in which they went up.

import { byId, element, icon, label } from './dom.js';
import { Popover } from './popover.js';

/** Raised hands in their order, then everybody else in the order of the stage. */
export function inOrder(models) {
    const people = models.filter(({ screen }) => !screen);
    const raised = people.filter(({ hand }) => hand > 0).sort((a, b) => a.hand - b.hand);
    return [...raised, ...people.filter(({ hand }) => !(hand > 0))];
}

export class People {
    #onChoose;
    #models = [];
    #popover;

    /** `onChoose(id)` is called for whoever is clicked. */
    constructor(onChoose, button = byId('people')) {
        this.#onChoose = onChoose;
        this.#popover = new Popover(button, byId('people-list'), () => this.#fill());
    }

    render(models) {
        this.#models = inOrder(models);
        const hands = models.filter(({ hand }) => hand > 0).length;
        byId('people-count').textContent = String(this.#models.length);
        byId('people').classList.toggle('hands', hands > 0);
        label(byId('people'), `${this.#models.length === 1 ? 'One person' : `${this.#models.length} people`}${hands > 0 ? `, ${hands === 1 ? 'one hand' : `${hands} hands`} raised` : ''}`);
        if (this.#popover.open) {
            this.#fill();
        }
    }

    #fill() {
        const had = document.activeElement?.dataset?.person;
        byId('people-rows').replaceChildren(...this.#models.map((model) => this.#row(model)));
        if (had !== undefined) {
            byId('people-rows').querySelector(`[data-person="${CSS.escape(had)}"]`)?.focus();
        }
    }

    #row({ id, self, name, initials, hue, audioMuted, videoOn, hand }) {
        const text = self ? (name ? `${name} (you)` : 'You') : name;
        const button = element('button', { type: 'button', className: 'person' },
            element('span', { className: `avatar hue-${hue}`, textContent: initials, ariaHidden: 'true' }),
            element('span', { className: 'person-name', textContent: text }),
            ...(hand > 0 ? [element('span', { className: 'person-hand' }, icon('hand'), element('b', { textContent: String(hand) }))] : []),
            ...(videoOn ? [] : [icon('camera-off', 'dim')]),
            ...(audioMuted ? [icon('mic-off', 'dim')] : []));
        button.dataset.person = id;
        button.setAttribute('aria-label', [text, hand > 0 && `hand raised, number ${hand}`, audioMuted && 'muted', !videoOn && 'camera off'].filter(Boolean).join(', '));
        button.onclick = () => {
            this.#popover.toggle(false);
            this.#onChoose(id);
        };
        return element('li', {}, button);
    }
}
