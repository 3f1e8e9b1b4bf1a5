// The list of people: raised hands first, in the order in which they went up; then those who only listen. How loud somebody
// is played is set here.

import { byId, element, icon, label } from './dom.js';
import { peopleText } from './people_text.js';
import { Popover } from './popover.js';
import { MOST, USUAL } from './volumes.js';

/** More rows than this nobody reads. */
const MOST_LISTENERS = 100;

/** Raised hands in their order, then everybody else in the order of the stage. */
export function inOrder(models) {
    const people = models.filter(({ screen }) => !screen);
    const raised = people.filter(({ hand }) => hand > 0).sort((a, b) => a.hand - b.hand);
    return [...raised, ...people.filter(({ hand }) => !(hand > 0))];
}

export class People {
    #onChoose;
    #volume;
    #models = [];
    #listeners = [];
    #adjusting = null; // id of whose slider is open
    #popover;

    /**
     * @param onChoose called with the id of whoever is clicked; null where nobody can be chosen
     * @param volume   {of(id) in per cent, set(id, percent), isMixed(id)}, or null
     */
    constructor({ onChoose = null, volume = null, button = byId('people') } = {}) {
        this.#onChoose = onChoose;
        this.#volume = volume;
        this.#popover = new Popover(button, byId('people-list'), () => {
            this.#adjusting = null;
            this.#fill();
        });
    }

    /**
     * @param models    roster.tiles()
     * @param listeners roster.listeners()
     * @param self      {id, name} of oneself when one has no tile, or null
     */
    render(models, listeners = [], self = null) {
        this.#models = inOrder(models);
        const own = self === null ? [] : [{ ...self, self: true, initials: '', hue: 0, hand: 0 }];
        this.#listeners = [...inOrder(listeners), ...own];
        const hands = [...this.#models, ...this.#listeners].filter(({ hand }) => hand > 0).length;
        const people = this.#models.length + this.#listeners.length;
        byId('people-count').textContent = String(people);
        byId('people').classList.toggle('hands', hands > 0);
        label(byId('people'), peopleText({ people, listening: this.#listeners.length, hands }));
        if (this.#popover.open && !byId('people-rows').contains(document.querySelector('input:active'))) {
            this.#fill();
        }
    }

    #fill() {
        const had = document.activeElement?.dataset ?? {};
        const rows = this.#models.flatMap((model) => this.#row(model));
        const listening = this.#listeners.slice(0, MOST_LISTENERS).map((each) => this.#listener(each));
        const more = this.#listeners.length - listening.length;
        byId('people-rows').replaceChildren(
            ...rows,
            ...(listening.length > 0 ? [element('li', { className: 'people-part', textContent: `Listening · ${this.#listeners.length}` })] : []),
            ...listening,
            ...(more > 0 ? [element('li', { className: 'people-more', textContent: `and ${more} more` })] : []),
        );
        const part = ['person', 'volume', 'level'].find((each) => had[each] !== undefined);
        if (part !== undefined) {
            byId('people-rows').querySelector(`[data-${part}="${CSS.escape(had[part])}"]`)?.focus();
        }
    }

    #row(model) {
        const { id, self, name, initials, hue, audioMuted, videoOn, hand } = model;
        const text = self ? (name ? `${name} (you)` : 'You') : name;
        const percent = this.#volume === null || self ? USUAL : this.#volume.of(id);
        const button = element(this.#onChoose === null ? 'div' : 'button', { className: 'person' },
            element('span', { className: `avatar hue-${hue}`, textContent: initials, ariaHidden: 'true' }),
            element('span', { className: 'person-name', textContent: text }),
            ...(hand > 0 ? [element('span', { className: 'person-hand' }, icon('hand'), element('b', { textContent: String(hand) }))] : []),
            ...(videoOn ? [] : [icon('camera-off', 'dim')]),
            ...(audioMuted ? [icon('mic-off', 'dim')] : []));
        const words = [text, hand > 0 && `hand raised, number ${hand}`, audioMuted && 'muted', !videoOn && 'camera off'].filter(Boolean).join(', ');
        if (this.#onChoose !== null) {
            button.type = 'button';
            button.dataset.person = id;
            button.setAttribute('aria-label', words);
            button.onclick = () => {
                this.#popover.toggle(false);
                this.#onChoose(id);
            };
        }
        const row = element('li', { className: 'person-row' }, button);
        if (this.#volume === null || self) {
            return [row];
        }
        row.append(this.#volumeButton(id, name, percent));
        return this.#adjusting === id ? [row, this.#slider(id, name, percent)] : [row];
    }

    #volumeButton(id, name, percent) {
        const usual = percent === USUAL;
        const open = this.#adjusting === id;
        const button = element('button', { type: 'button', className: `person-volume${usual ? '' : ' changed'}` },
            icon(percent === 0 ? 'speaker-off' : 'speaker'), ...(usual ? [] : [element('b', { textContent: `${percent} %` })]));
        button.dataset.volume = id;
        button.setAttribute('aria-expanded', String(open));
        label(button, `Volume of ${name}${usual ? '' : `, ${percent} per cent`}`);
        button.onclick = () => {
            this.#adjusting = open ? null : id;
            this.#fill();
        };
        return button;
    }

    #slider(id, name, percent) {
        if (this.#volume.isMixed(id)) {
            return element('li', { className: 'person-level', textContent: 'Everybody arrives mixed at the moment, and nobody can be turned up or down alone.' });
        }
        const slider = element('input', { type: 'range', className: 'level', min: 0, max: MOST, step: 5, value: percent });
        const reset = element('button', { type: 'button', className: 'chip', textContent: `${percent} %`, title: 'As loud as it comes' });
        slider.dataset.level = id;
        slider.setAttribute('aria-label', `Volume of ${name}, per cent`);
        const draw = (value) => {
            slider.style.setProperty('--part', `${value / MOST * 100}%`);
            reset.textContent = `${value} %`;
            reset.setAttribute('aria-label', `${value} per cent; back to ${USUAL}`);
        };
        const set = (value) => {
            this.#volume.set(id, value);
            draw(value);
        };
        draw(percent);
        slider.oninput = () => set(Number(slider.value));
        slider.onchange = () => this.#fill();
        reset.onclick = () => {
            set(USUAL);
            this.#fill();
        };
        return element('li', { className: 'person-level' }, slider, reset);
    }

    #listener({ id, self = false, name, initials, hue, hand }) {
        const text = self ? `${name} (you)` : name;
        return element('li', { className: 'person listener' },
            self ? icon('speaker') : element('span', { className: `avatar hue-${hue}`, textContent: initials, ariaHidden: 'true' }),
            element('span', { className: 'person-name', textContent: text }),
            ...(hand > 0 ? [element('span', { className: 'person-hand' }, icon('hand'), element('b', { textContent: String(hand) }))] : []));
    }
}
