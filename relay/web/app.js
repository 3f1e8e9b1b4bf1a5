// The page: wires devices, lobby, call, stage, chat, badge and numbers together. Nothing here knows SDP or HTTP.

import { Badge } from './badge.js';
import { Call } from './call.js';
import { Chat } from './chat.js';
import { ConnectionNotice } from './connection_notice.js';
import { drawComposed, drawDevices, drawHand, drawShare, drawStats, drawView, startControls } from './controls.js';
import { Devices } from './devices.js';
import { byId, setIcon } from './dom.js';
import { sentence, statusSentence } from './errors.js';
import { Lobby } from './lobby.js';
import { Meter } from './meter.js';
import { clearNotice, noticeKey, showNotice, toast } from './notice.js';
import { Overlay } from './overlay.js';
import { planPins } from './paging.js';
import { inviteLink, readAddress } from './params.js';
import { aloneText } from './people_text.js';
import { People } from './people.js';
import { startPickers } from './pickers.js';
import { ScreenShare } from './screen_share.js';
import { AUDIO_SLOTS, videoSlots } from './slot_plan.js';
import { playTracks, resumeSound, setVolumes, startSound, stopSound, useSpeaker } from './sound.js';
import { startTheme } from './theme.js';
import { Stage } from './tiles.js';
import { USUAL, Volumes } from './volumes.js';

const SPEAKING_EVERY_MS = 100;
const DEVICES_MS = 3000;
/** An audience comes and goes without a word. */
const FEW_LISTENERS = 5;

const address = readAddress(location.href);
const devices = new Devices();
const meter = new Meter();
const pictures = videoSlots({ asked: address.slots, width: screen.width, height: screen.height, cores: navigator.hardwareConcurrency });
const stage = new Stage({ room: pictures });
const share = new ScreenShare();
const overlay = new Overlay();
const volumes = new Volumes();
const people = new People({
    onChoose: (id) => stage.togglePin(id),
    volume: { of: (id) => volumes.of(personOf(id)), set: setVolume, isMixed: (id) => call?.roster.isMixed(id) ?? false },
});
const chat = new Chat((text) => call?.chat(text) ?? false);
const badge = new Badge(onSummary);
const connection = new ConnectionNotice();
const lobby = new Lobby({
    devices, meter, address, onJoin: join,
    onBadRoom: () => showNotice('room', sentence('bad-room')),
});

let call = null;
let joining = false;
let devicesOpen = null;
let metOthers = false;
let selfSpeaking = false;
let toldTcp = false;
let comingBack = false;
let wakeLock = null;

/* Views */

function showView(view) {
    document.body.dataset.view = view;
    byId('lobby').hidden = view !== 'lobby';
    byId('call').hidden = view !== 'call';
    if (view === 'lobby') {
        lobby.show();
    } else {
        lobby.hide();
    }
}

function title() {
    const unread = chat.unread > 0 ? `(${chat.unread}) ` : '';
    document.title = call === null ? 'Tandem' : `${unread}${call.room} · Tandem`;
}

/* Joining and leaving */

async function join(room, name) {
    if (joining || call !== null) {
        return;
    }
    joining = true;
    clearNotice();
    lobby.busy(true);
    meter.wake();
    // The browser may still be asking for permission; whoever ignores the question joins without devices, and sends
    // them by a new offer when it is answered.
    await Promise.race([devicesOpen, new Promise((resolve) => setTimeout(resolve, DEVICES_MS))]);
    joining = false;
    metOthers = false;
    toldTcp = false;
    call = new Call({ origin: location.origin, room, name, token: address.token, devices, screen: share, slots: { audio: AUDIO_SLOTS, video: pictures } });
    call.addEventListener('state', onState);
    call.addEventListener('peer', onPeer);
    call.addEventListener('events', () => stage.wishAgain());
    call.addEventListener('roster', onRoster);
    call.addEventListener('message', onMessage);
    call.addEventListener('ended', onEnded);
    call.start();
}

function onPeer({ again }) {
    const { peer } = call;
    stage.usePeer((mid) => peer.trackOf(mid), (mid) => call?.wishes.viewOf(mid) ?? null);
    playTracks(peer.audioTracks(), devices.chosen.audiooutput);
    applyVolumes();
    badge.use(peer.pc);
    overlay.use(peer);
    if (again) {
        comingBack = true;
        return;
    }
    byId('room-name').textContent = call.room;
    byId('empty-link').textContent = inviteLink(location.origin, call.room).replace(/^https?:\/\//, '');
    history.replaceState(null, '', `/r/${encodeURIComponent(call.room)}${location.search}${location.hash}`);
    showView('call');
    byId('stage').focus({ preventScroll: true });
    render();
    title();
    keepAwake();
}

function onEnded({ refusal }) {
    const { room } = call;
    call = null;
    connection.stop();
    clearNotice();
    stage.clear();
    chat.clear();
    badge.use(null);
    overlay.use(null);
    share.stop();
    drawHand(false);
    stopSound();
    wakeLock?.release().catch(() => {});
    wakeLock = null;
    showView('lobby');
    byId('room').value = room;
    byId('join').focus({ preventScroll: true });
    title();
    if (refusal !== null) {
        showNotice('ended', statusSentence(refusal.status, refusal.problem, refusal.retryAfterMs));
    }
}

function leave() {
    call?.end();
    toast('You have left the call.');
}

async function keepAwake() {
    try {
        wakeLock = await navigator.wakeLock?.request('screen') ?? null;
    } catch {
        wakeLock = null; // a convenience only
    }
}

/* What the call says */

function onState() {
    const { recovery } = call;
    connection.draw(call);
    byId('stage').classList.toggle('stale', recovery.everConnected && recovery.state !== 'steady');
    if (['waiting', 'steady'].includes(recovery.state)) {
        render();
    }
    if (recovery.state === 'steady' && comingBack) {
        comingBack = false;
        toast(sentence('back'));
    }
}

function onRoster({ what, message, name }) {
    if (what === 'speaking') {
        renderSpeaking();
        return;
    }
    const { roster } = call;
    volumes.follow(roster.participants);
    applyVolumes();
    if (what === 'hands') {
        if (message.payload?.up && roster.hands.isUp(message.from?.id ?? message.from)) {
            toast(`${roster.nameOf(message.from?.id ?? message.from)} raises a hand`);
        }
    } else if (message.type === 'joined' && roster.talkers().some(({ id }) => id === message.participant?.id)) {
        toast(`${roster.nameOf(message.participant?.id)} has joined`);
    } else if (message.type === 'joined' && roster.listeners().length <= FEW_LISTENERS) {
        toast(`${roster.nameOf(message.participant?.id)} is listening`);
    } else if (message.type === 'left' && name !== null) {
        toast(`${name} has left`);
    }
    render();
}

function onMessage({ message }) {
    if (message.type === 'chat' && message.from !== call?.roster.me) {
        const from = message.from?.id ?? message.from;
        chat.receive(from, call.roster.nameOf(from), message.payload);
        title();
    } else if (message.type === 'quality') {
        badge.quality(message);
    } else if (message.type === 'muted') {
        onMutedBy(message);
    } else if (message.type === 'removed') {
        showNotice('removed', sentence('removed'));
    } else if (message.type === 'closing') {
        showNotice('closing', sentence('draining'), { tone: 'calm' });
    }
}

async function onMutedBy({ kind = 'audio', participant, on = true }) {
    if (on && devices.on[kind] && (participant === undefined || (participant?.id ?? participant) === call.roster.me)) {
        await toggle(kind, false);
        toast(sentence('muted-by'));
    }
}

function onSummary(summary) {
    if (summary.protocol === 'tcp' && !toldTcp && noticeKey() === null) {
        toldTcp = true;
        showNotice('tcp', sentence('udp-blocked'), { tone: 'calm' });
    }
}

/* Drawing */

function tiles() {
    return call.roster.tiles(ownState(), { composed: isComposed() }).map((model) => ({ ...model, volume: volumeOf(model) }));
}

function ownState() {
    return { name: call.name, audioOn: devices.on.audio, videoOn: devices.on.video, screenOn: share.on, speaking: selfSpeaking };
}

/** One picture for all is wanted, and there are enough people to fill it. */
function isComposed() {
    return stage.composed && call.roster.talkers().length > 1;
}

function render() {
    if (call === null) {
        return;
    }
    const models = tiles();
    const { roster } = call;
    const alone = roster.talkers().length === 0;
    const listeners = roster.listeners();
    metOthers ||= !alone;
    stage.render(models, { camera: devices.tracks.video, screen: share.track }, roster, roster.videoSlots(), isComposed());
    people.render(call.roster.tiles(ownState()), listeners);
    byId('empty').hidden = !alone || share.on || roster.me === null || byId('stage').classList.contains('stale');
    byId('empty-text').textContent = aloneText({ metOthers, listeners: listeners.map(({ name }) => name), closed: address.token !== '' });
    renderSpeaking();
}

function renderSpeaking() {
    stage.renderSpeaking(tiles(), call.roster);
}

function renderStats() {
    drawStats(overlay.on);
    if (call === null || !overlay.on) {
        stage.write(null);
        return;
    }
    const { peer, roster, wishes } = call;
    stage.write(overlay.lines(tiles(), {
        roster, viewOf: (mid) => wishes.viewOf(mid), unwanted: peer?.unwanted ?? [], screenMid: peer?.screen?.mid ?? null,
    }));
}

function onWishes({ views, wanted, crowded }) {
    if (call === null) {
        return;
    }
    const { roster, wishes } = call;
    wishes.pin(planPins({ slots: roster.videoSlots(), pins: wishes.pins, wanted, crowded }));
    views.forEach(({ mid, width, height, fps }) => wishes.view(mid, width, height, fps));
}

/* How loud others are */

function personOf(id) {
    return call?.roster.participants.get(id) ?? { id };
}

/** What a tile says: nothing of screens, and of people only while it is true. */
function volumeOf({ id, self, screen, composed }) {
    return self || screen || composed || call.roster.isMixed(id) ? USUAL : volumes.of(personOf(id));
}

function setVolume(id, percent) {
    volumes.set(personOf(id), percent);
    applyVolumes();
    render();
}

function applyVolumes() {
    const { roster } = call;
    setVolumes(volumes.factors(roster.audioSlots(), roster.participants));
}

/* Controls */

async function toggle(kind, on = !devices.on[kind]) {
    clearNotice('device');
    meter.wake();
    await devices.set(kind, on);
}

async function copyLink() {
    const link = inviteLink(location.origin, call.room);
    try {
        await navigator.clipboard.writeText(link);
        toast(address.token === '' ? 'Link copied. Send it to a friend.' : 'Link copied. It opens only with an invitation.');
        setIcon(byId('copy-link'), 'check');
        setTimeout(() => setIcon(byId('copy-link'), 'link'), 1500);
    } catch {
        toast(sentence('no-copy'));
    }
}

function onDevicesChange() {
    drawDevices(devices.on);
    useSpeaker(devices.chosen.audiooutput);
    meter.use(devices.on.audio ? devices.tracks.audio : null);
    call?.syncTracks();
    render();
}

function onShareChange() {
    drawShare(share.on);
    call?.syncTracks();
    render();
}

function toggleHand() {
    if (!call.hand(!call.handUp)) {
        toast(sentence('hand-offline'));
    }
    drawHand(call.handUp);
    render();
}

function toggleStats() {
    overlay.toggle();
    renderStats();
}

const actions = {
    inCall: () => call !== null,
    mute: () => toggle('audio'),
    camera: () => toggle('video'),
    share: () => ScreenShare.possible && share.toggle(),
    hand: toggleHand,
    view: () => stage.toggleView(),
    composed: () => stage.toggleComposed(),
    stats: toggleStats,
    link: copyLink,
    devices: () => byId('settings-dialog').showModal(),
    chat: () => {
        chat.toggle();
        title();
    },
    back: () => stage.turn(-1),
    on: () => stage.turn(1),
    leave,
    escape: () => chat.open && (chat.toggle(false), true),
};

function listen() {
    devices.addEventListener('change', onDevicesChange);
    devices.addEventListener('trouble', ({ name }) => showNotice('device', sentence(name)));
    share.addEventListener('change', onShareChange);
    share.addEventListener('trouble', ({ name }) => showNotice('screen', sentence(name)));
    stage.addEventListener('wishes', onWishes);
    stage.addEventListener('view', drawStage);
    stage.addEventListener('composed', () => {
        drawStage();
        render();
    });
    overlay.addEventListener('measured', renderStats);
    overlay.addEventListener('report', ({ message }) => {
        call?.report(message);
        call?.peer?.tune();
    });
    byId('chat-toggle').addEventListener('click', title);
    drawDevices(devices.on);
    drawShare(false);
    drawHand(false);
    drawStage();
}

function drawStage() {
    drawView(stage.view);
    drawComposed(stage.composed);
}

function startLife() {
    window.addEventListener('pagehide', () => call?.end());
    window.addEventListener('online', () => call?.hurry());
    document.addEventListener('visibilitychange', () => {
        if (!document.hidden && call !== null) {
            keepAwake();
        }
    });
    document.addEventListener('pointerdown', () => {
        meter.wake();
        if (noticeKey() === 'autoplay') {
            clearNotice('autoplay');
            resumeSound();
        }
    });
    setInterval(() => {
        const { speaking } = meter.read(performance.now());
        if (speaking !== selfSpeaking) {
            selfSpeaking = speaking;
            if (call !== null) {
                renderSpeaking();
            }
        }
    }, SPEAKING_EVERY_MS);
}

/** What tests and curious people may look at. */
window.tandem = {
    get state() { return call?.recovery.state ?? 'lobby'; },
    get pc() { return call?.peer?.pc ?? null; },
    get participant() { return call?.roster.me ?? null; },
    get participants() { return [...call?.roster.participants.values() ?? []]; },
    get slots() { return [...call?.roster.slots.values() ?? []]; },
    get eventsConnected() { return call?.events.connected ?? false; },
    get session() { return call?.session ? { url: call.session.url, etag: call.session.etag } : null; },
    get stats() { return badge.last; },
    get streams() { return overlay.last; },
    get scene() { return stage.scene; },
    get hands() { return call?.roster.hands.order ?? []; },
    get sharing() { return share.on; },
    get volumes() { return volumes.factors(call?.roster.audioSlots() ?? [], call?.roster.participants ?? new Map()); },
    get pins() { return Object.fromEntries(call?.wishes.pins ?? []); },
    get devices() { return { on: { ...devices.on }, sends: { ...devices.sends } }; },
};

async function start() {
    startTheme();
    startPickers(devices);
    startControls(actions);
    listen();
    startLife();
    startSound(() => showNotice('autoplay', sentence('autoplay'), { action: { label: 'Turn on the sound', run: () => { clearNotice('autoplay'); resumeSound(); } }, tone: 'calm' }));
    showView('lobby');
    if (!('RTCPeerConnection' in window)) {
        showNotice('browser', sentence('unsupported'));
        byId('join').disabled = true;
        return;
    }
    devicesOpen = devices.open({ audio: address.audio, video: address.video });
    await devicesOpen;
    if (address.autojoin && call === null) {
        byId('join-form').requestSubmit();
    }
}

start();
