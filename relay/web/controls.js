// The dock, its menu and the keys: what they do comes from outside, how they look is drawn here.

import { byId, label, setIcon } from './dom.js';
import { startKeys } from './keys.js';
import { drawSwitch } from './lobby.js';
import { closePopover, Popover, startPopovers } from './popover.js';
import { ScreenShare } from './screen_share.js';

/** Buttons that do the same thing: in the dock, and in the menu where the dock is too narrow. */
const BUTTONS = {
    mute: ['mute', 'lobby-mute'],
    camera: ['camera', 'lobby-camera'],
    share: ['share', 'menu-share'],
    hand: ['hand'],
    view: ['view', 'menu-view'],
    composed: ['menu-composed'],
    sound: ['sound-toggle'],
    full: ['full'],
    stats: ['menu-stats'],
    link: ['copy-link', 'empty-copy', 'menu-link'],
    devices: ['settings'],
    leave: ['leave'],
};

const KEYS = { m: ['mute', 'sound'], f: 'full', v: 'camera', s: 'share', h: 'hand', g: 'view', i: 'stats', c: 'chat', ArrowLeft: 'back', ArrowRight: 'on', PageUp: 'back', PageDown: 'on' };

/**
 * @param actions functions for the names above, as far as the page has them, and `inCall()`; those of 'back', 'on' and
 *                'chat' may return false when there is nothing to do
 */
export function startControls(actions) {
    startPopovers();
    const menu = new Popover(byId('more'), byId('more-menu'));
    for (const [name, ids] of Object.entries(BUTTONS)) {
        for (const id of actions[name] === undefined ? [] : ids) {
            byId(id).addEventListener('click', () => {
                menu.toggle(false);
                actions[name]();
            });
        }
    }
    for (const id of BUTTONS.share) {
        byId(id).hidden = !ScreenShare.possible;
    }
    const lobbyKeys = ['mute', 'camera'];
    const keys = Object.entries(KEYS).map(([key, names]) => [key, [names].flat().find((name) => actions[name] !== undefined)])
        .filter(([, name]) => name !== undefined);
    startKeys({
        ...Object.fromEntries(keys.map(([key, name]) => [key, () => (actions.inCall() || lobbyKeys.includes(name) ? actions[name]() : false)])),
        Escape: () => closePopover() || actions.escape(),
    });
    label(byId('copy-link'), 'Copy the link to this room');
    label(byId('more'), 'More');
}

export function drawDevices({ audio, video }) {
    for (const id of BUTTONS.mute) {
        drawSwitch(byId(id), 'audio', audio);
    }
    for (const id of BUTTONS.camera) {
        drawSwitch(byId(id), 'video', video);
    }
}

function drawToggle(id, on, words, key) {
    byId(id).setAttribute('aria-pressed', String(on));
    label(byId(id), words, key);
}

export function drawShare(on) {
    drawToggle('share', on, on ? 'Stop sharing your screen' : 'Share your screen', 'S');
    setIcon(byId('share'), on ? 'screen-off' : 'screen');
    byId('menu-share-text').textContent = on ? 'Stop sharing' : 'Share your screen';
}

export function drawHand(up) {
    drawToggle('hand', up, up ? 'Lower your hand' : 'Raise your hand', 'H');
}

/** `view` is what is seen now; the buttons offer the other one. */
export function drawView(view) {
    const words = view === 'speaker' ? 'Show everybody alike' : 'Show the speaker large';
    drawToggle('view', view === 'speaker', words, 'G');
    setIcon(byId('view'), view === 'speaker' ? 'gallery' : 'spotlight');
    setIcon(byId('menu-view'), view === 'speaker' ? 'gallery' : 'spotlight');
    byId('menu-view-text').textContent = words;
}

export function drawComposed(on) {
    byId('menu-composed').setAttribute('aria-pressed', String(on));
    byId('menu-composed-text').textContent = on ? 'Everybody for themselves' : 'Everybody in one picture';
}

export function drawStats(on) {
    byId('menu-stats').setAttribute('aria-pressed', String(on));
    byId('menu-stats-text').textContent = on ? 'Hide the numbers' : 'Numbers on the pictures';
}
