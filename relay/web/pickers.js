// The lists of devices, in the lobby and in the settings.

import { element } from './dom.js';

const WORDS = { audioinput: 'Microphone', videoinput: 'Camera', audiooutput: 'Loudspeaker' };
const NONE = { audioinput: 'No microphone', videoinput: 'No camera', audiooutput: 'Default loudspeaker' };

function fill(select, devices) {
    const kind = select.dataset.device;
    const canChoose = kind !== 'audiooutput' || 'setSinkId' in HTMLMediaElement.prototype;
    const list = canChoose ? devices.list[kind] : [];
    const options = list.map(({ deviceId, label }, at) => element('option', { value: deviceId, textContent: label || `${WORDS[kind]} ${at + 1}` }));
    if (options.length === 0) {
        options.push(element('option', { value: '', textContent: NONE[kind] }));
    }
    select.replaceChildren(...options);
    select.disabled = list.length === 0;
    select.closest('label').hidden = kind === 'audiooutput' && list.length === 0;
    select.value = devices.current(kind);
    if (select.selectedIndex < 0) {
        select.selectedIndex = 0;
    }
}

/** Keeps every device list of the page filled, and acts on choices. */
export function startPickers(devices) {
    const selects = [...document.querySelectorAll('select[data-device]')];
    for (const select of selects) {
        select.onchange = () => devices.choose(select.dataset.device, select.value);
    }
    const refill = () => selects.forEach((select) => fill(select, devices));
    devices.addEventListener('change', refill);
    refill();
}
