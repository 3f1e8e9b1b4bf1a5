// The page that only listens: the room's mix and everybody in one picture (or the speaker), for a second screen, a wall, an
// audience. It asks for no devices and sends nothing.

import { Badge } from './badge.js';
import { Call } from './call.js';
import { Chat } from './chat.js';
import { ConnectionNotice } from './connection_notice.js';
import { drawStats, startControls } from './controls.js';
import { byId } from './dom.js';
import { sentence, statusSentence } from './errors.js';
import { recall, remember } from './memory.js';
import { clearNotice, showNotice, toast } from './notice.js';
import { Overlay } from './overlay.js';
import { receivedLines } from './overlay_text.js';
import { listenLink, readAddress } from './params.js';
import { People } from './people.js';
import { FullScreen, Loudness, Player } from './player.js';
import { playerWords } from './player_text.js';
import { LISTENING } from './slot_plan.js';
import { playTracks, resumeSound, setVolumes, startSound, stopSound } from './sound.js';

const HIDDEN_AFTER_MS = 10000;
const AGAIN_MS = 10000;
const FPS = 30;

const NO_DEVICES = { tracks: { audio: null, video: null }, sends: { audio: false, video: false }, on: { audio: false, video: false } };
const NO_SCREEN = { track: null, on: false, stop() {} };

const address = readAddress(location.href);
const player = new Player();
const full = new FullScreen();
const overlay = new Overlay();
const people = new People();
const chat = new Chat((text) => call?.chat(text) ?? false);
const badge = new Badge();
const connection = new ConnectionNotice();
const loudness = new Loudness(Number(recall('loudness') || 100), onLoudness);

let call = null;
let blocked = false;
let comingBack = false;
let again = null;
let hidden = false;
let hiddenTimer = null;
let wakeLock = null;

/* Coming and going */

function join() {
    clearTimeout(again);
    clearNotice();
    call = new Call({
        origin: location.origin, room: address.room, name: address.name || recall('name') || 'Listener', token: address.token,
        devices: NO_DEVICES, screen: NO_SCREEN, slots: LISTENING,
        feeds: { audio: address.audio ? 'auto' : 'off', video: address.video ? address.picture : 'off' },
    });
    call.addEventListener('state', onState);
    call.addEventListener('peer', onPeer);
    call.addEventListener('events', wish);
    call.addEventListener('roster', render);
    call.addEventListener('message', onMessage);
    call.addEventListener('ended', onEnded);
    call.start();
}

function onPeer({ again }) {
    const { peer } = call;
    comingBack = again;
    player.use(peer.video.receiver.track);
    playTracks(peer.audioTracks());
    setLoudness();
    badge.use(peer.pc);
    overlay.use(peer);
    keepAwake();
    render();
}

function onState() {
    const { recovery } = call;
    connection.draw(call);
    byId('player').classList.toggle('stale', recovery.everConnected && recovery.state !== 'steady');
    if (recovery.state === 'steady' && comingBack) {
        comingBack = false;
        toast(sentence('back'));
    }
    render();
}

/** Refused, or removed: there is nothing to play. A server that is away is tried again, since nobody may sit before a wall. */
function onEnded({ refusal }) {
    connection.stop();
    call = null;
    player.use(null);
    badge.use(null);
    overlay.use(null);
    stopSound();
    wakeLock?.release().catch(() => {});
    wakeLock = null;
    const text = refusal === null ? sentence('removed') : statusSentence(refusal.status, refusal.problem, refusal.retryAfterMs);
    player.say({ caption: '', title: 'Not connected', text, face: null });
    showNotice('ended', text, { action: { label: 'Try again', run: join } });
    if (refusal?.outcome === 'unreachable') {
        again = setTimeout(join, Math.max(AGAIN_MS, refusal.retryAfterMs));
    }
}

function onMessage({ message }) {
    if (message.type === 'chat' && message.from !== call?.roster.me) {
        const from = message.from?.id ?? message.from;
        chat.receive(from, call.roster.nameOf(from), message.payload);
    } else if (message.type === 'quality') {
        badge.quality(message);
    } else if (message.type === 'closing') {
        showNotice('closing', sentence('draining'), { tone: 'calm' });
    }
}

async function keepAwake() {
    try {
        wakeLock = await navigator.wakeLock?.request('screen') ?? null;
    } catch {
        wakeLock = null; // a convenience only
    }
}

/* Picture, sound, numbers */

function pictureSlot() {
    return call?.roster.videoSlots()[0] ?? null;
}

function wish() {
    const mid = call?.peer?.video.mid ?? null;
    if (mid !== null) {
        const { width, height } = hidden ? { width: 0, height: 0 } : player.size;
        call.wishes.view(mid, width, height, hidden ? 0 : FPS);
    }
}

function render() {
    if (call === null) {
        return;
    }
    const { roster } = call;
    const slot = pictureSlot();
    const anybody = roster.talkers().length > 0;
    player.expect(anybody && slot !== null && slot.feed !== null && !slot.paused);
    player.say(playerWords({ joined: roster.me !== null, roster, slot, live: player.live }), roster);
    if (roster.me !== null) {
        people.render(roster.tiles(null), roster.listeners(), { id: roster.me, name: call.name });
    }
}

function renderStats() {
    drawStats(overlay.on);
    const measured = overlay.on ? overlay.last : null;
    if (call === null || !overlay.on) {
        player.write(null);
        return;
    }
    const { peer, roster, wishes } = call;
    player.write(measured === null ? ['measuring…'] : receivedLines({
        video: measured.inbound.get(peer.video.mid) ?? null,
        audio: measured.inbound.get(peer.audio.mid) ?? null,
        mixed: roster.mixSlot() !== null,
        slot: pictureSlot(),
        view: wishes.viewOf(peer.video.mid),
        rttMs: measured.rttMs,
    }));
}

function setLoudness() {
    setVolumes(new Map(call?.peer?.audioTracks().map(({ mid }) => [mid, loudness.percent / 100]) ?? []));
}

function onLoudness(percent) {
    setLoudness();
    if (percent > 0) {
        remember('loudness', String(percent)); // a page never begins silent
        resumeSound();
    }
}

function onSound(held) {
    blocked = held;
    player.invite(blocked);
}

/** While the browser holds the sound back, every way to ask for sound gives it. */
function toggleSound() {
    if (blocked) {
        resumeSound();
    } else {
        loudness.toggle();
    }
}

/** A page behind others for a while needs no picture; the sound goes on. */
function followEyes() {
    clearTimeout(hiddenTimer);
    if (document.hidden) {
        hiddenTimer = setTimeout(() => setHidden(document.pictureInPictureElement == null), HIDDEN_AFTER_MS);
        return;
    }
    setHidden(false);
    if (call !== null) {
        keepAwake();
    }
}

function setHidden(now) {
    hidden = now;
    wish();
}

/* The page */

async function copyLink() {
    try {
        await navigator.clipboard.writeText(listenLink(location.origin, address.room));
        toast('Link copied. Whoever opens it listens, too.');
    } catch {
        toast(sentence('no-copy'));
    }
}

const actions = {
    inCall: () => true,
    sound: toggleSound,
    full: () => full.toggle(),
    stats: () => {
        overlay.toggle();
        renderStats();
    },
    link: copyLink,
    chat: () => chat.toggle(),
    escape: () => chat.open && (chat.toggle(false), true),
};

function drawPage() {
    document.documentElement.dataset.mode = 'listen';
    document.documentElement.dataset.theme = 'dark'; // pictures look best in the dark
    document.body.dataset.view = 'call';
    byId('lobby').hidden = true;
    byId('call').hidden = false;
    byId('stage').hidden = true;
    byId('player').classList.toggle('follows', address.picture === 'speaker');
    byId('room-name').textContent = address.room;
    document.title = `${address.room} · Tandem`;
    const name = address.name ? `?${new URLSearchParams({ name: address.name })}` : '';
    byId('join-link').href = `/r/${encodeURIComponent(address.room)}${name}${address.token ? `#token=${encodeURIComponent(address.token)}` : ''}`;
}

/** What tests and curious people may look at. */
window.tandem = {
    get state() { return call?.recovery.state ?? 'ended'; },
    get pc() { return call?.peer?.pc ?? null; },
    get participant() { return call?.roster.me ?? null; },
    get participants() { return [...call?.roster.participants.values() ?? []]; },
    get slots() { return [...call?.roster.slots.values() ?? []]; },
    get streams() { return overlay.last; },
    get live() { return player.live; },
};

function start() {
    drawPage();
    startControls(actions);
    player.addEventListener('live', render);
    player.addEventListener('size', wish);
    overlay.addEventListener('measured', renderStats);
    overlay.addEventListener('report', ({ message }) => call?.report(message));
    byId('player-listen').onclick = resumeSound;
    byId('player-video').ondblclick = () => full.toggle();
    document.addEventListener('visibilitychange', followEyes);
    window.addEventListener('pagehide', () => call?.end());
    window.addEventListener('pageshow', ({ persisted }) => persisted && call === null && join());
    window.addEventListener('online', () => call?.hurry());
    startSound(() => onSound(true), () => onSound(false));
    player.say({ caption: '', title: 'Coming in…', text: '', face: null });
    drawStats(false);
    if ('RTCPeerConnection' in window) {
        join();
    } else {
        showNotice('browser', sentence('unsupported'));
    }
}

start();
