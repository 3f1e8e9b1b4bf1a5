// The lobby: preview, name, room.

import { byId, label, setIcon } from './dom.js';
import { recall, remember } from './memory.js';
import { listenLink, roomFromText, roomIsValid, suggestRoom } from './params.js';
import { initials } from './roster.js';

export class Lobby {
    #devices;
    #frame = null;
    #meter;

    /** `onJoin(room, name)` is called when the form is sent with a room that can be. */
    constructor({ devices, meter, address, onJoin, onBadRoom }) {
        this.#devices = devices;
        this.#meter = meter;
        byId('name').value = address.name || recall('name');
        byId('room').value = address.room || suggestRoom();
        if (address.room) {
            byId('lobby-title').textContent = 'You are expected.';
            byId('lobby-lead').textContent = 'Check your picture, say who you are, and come in.';
            byId('suggest').hidden = true;
        }
        byId('name').oninput = () => this.update();
        byId('room').oninput = () => byId('room').removeAttribute('aria-invalid');
        byId('listen-link').onclick = (event) => this.#listen(event, onBadRoom);
        byId('suggest').onclick = () => {
            byId('room').value = suggestRoom();
            byId('room').removeAttribute('aria-invalid');
        };
        byId('join-form').onsubmit = (event) => {
            event.preventDefault();
            this.#submit(onJoin, onBadRoom);
        };
        devices.addEventListener('change', () => this.update());
        this.update();
    }

    /** The room that is typed in; '' when there can be no such room. */
    #room(onBadRoom) {
        const room = byId('room');
        room.value = roomFromText(room.value);
        if (roomIsValid(room.value)) {
            return room.value;
        }
        room.setAttribute('aria-invalid', 'true');
        room.focus();
        onBadRoom();
        return '';
    }

    #submit(onJoin, onBadRoom) {
        const room = this.#room(onBadRoom);
        if (room !== '') {
            const name = byId('name').value.trim();
            remember('name', name);
            onJoin(room, name);
        }
    }

    /** The link goes where the form says now. */
    #listen(event, onBadRoom) {
        const room = this.#room(onBadRoom);
        if (room === '') {
            event.preventDefault();
            return;
        }
        remember('name', byId('name').value.trim());
        byId('listen-link').href = listenLink(location.origin, room) + location.hash;
    }

    busy(busy) {
        byId('join').disabled = busy;
        byId('join-label').textContent = busy ? 'Joining…' : 'Join the call';
    }

    show() {
        this.busy(false);
        this.update();
        const draw = (nowMs) => {
            const { level } = this.#meter.read(nowMs);
            byId('preview-meter').style.transform = `scaleX(${level.toFixed(3)})`;
            this.#frame = requestAnimationFrame(draw);
        };
        cancelAnimationFrame(this.#frame);
        this.#frame = requestAnimationFrame(draw);
    }

    hide() {
        cancelAnimationFrame(this.#frame);
        byId('preview-video').srcObject = null;
    }

    update() {
        const { tracks, on } = this.#devices;
        const video = byId('preview-video');
        const track = on.video ? tracks.video : null;
        if (!byId('lobby').hidden && (video.srcObject?.getTracks()[0] ?? null) !== track) {
            video.srcObject = track === null ? null : new MediaStream([track]);
        }
        byId('preview').dataset.video = track === null ? 'off' : 'on';
        byId('preview-avatar').textContent = initials(byId('name').value);
        byId('preview-hint').textContent = on.video ? 'Starting the camera…' : 'The camera is off';
        this.#meter.use(on.audio ? tracks.audio : null);
    }
}

/** Shows a switch as it is: icon, colour, words. `kind` is 'audio' or 'video'. */
export function drawSwitch(button, kind, on) {
    const [iconName, turnOff, turnOn, key] = kind === 'audio'
        ? ['mic', 'Mute the microphone', 'Unmute the microphone', 'M']
        : ['camera', 'Switch the camera off', 'Switch the camera on', 'V'];
    setIcon(button, on ? iconName : `${iconName}-off`);
    button.classList.toggle('off', !on);
    label(button, on ? turnOff : turnOn, key);
}
