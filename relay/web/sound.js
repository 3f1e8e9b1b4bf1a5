// Plays what the audio slots carry.

import { byId } from './dom.js';
import { SlotPlayer } from './slot_player.js';

let onBlocked = () => {};
let onPlaying = () => {};
let players = [];
let speaker = '';

/**
 * `blocked` is called when the browser holds the sound back until somebody touches the page, `playing` when it does not.
 */
export function startSound(blocked, playing = () => {}) {
    onBlocked = blocked;
    onPlaying = playing;
}

/** Plays these and nothing else: [{mid, track}]. */
export function playTracks(tracks, sinkId) {
    stopSound();
    players = tracks.map(({ mid, track }) => new SlotPlayer(mid, track));
    byId('sound').replaceChildren(...players.map(({ node }) => node));
    useSpeaker(sinkId);
    resumeSound();
}

/** How loud each is: Map of mid to a factor of 0 to 2; 1 for those that are not in it. */
export function setVolumes(factors) {
    players.forEach((player) => player.play(factors.get(player.mid) ?? 1));
}

export function useSpeaker(sinkId) {
    speaker = sinkId ?? speaker;
    players.forEach((player) => player.useSpeaker(speaker));
}

/** Starts what the browser has held back; call it on a touch. */
export function resumeSound() {
    for (const player of players) {
        player.resume().then(onPlaying, (error) => {
            if (error.name === 'NotAllowedError') {
                onBlocked();
            }
        });
    }
}

export function stopSound() {
    players.forEach((player) => player.close());
    players = [];
}
