// Light, dark, or as the system has it.

import { byId, label, setIcon } from './dom.js';
import { recall, remember } from './memory.js';

const ORDER = ['auto', 'light', 'dark'];
const WORDS = { auto: 'as the system', light: 'light', dark: 'dark' };

function apply(theme) {
    document.documentElement.dataset.theme = theme;
    setIcon(byId('theme'), `theme-${theme}`);
    label(byId('theme'), `Colours: ${WORDS[theme]}`);
}

export function startTheme() {
    let theme = ORDER.includes(recall('theme')) ? recall('theme') : 'auto';
    apply(theme);
    byId('theme').onclick = () => {
        theme = ORDER[(ORDER.indexOf(theme) + 1) % ORDER.length];
        remember('theme', theme);
        apply(theme);
    };
}
