// Plays what the audio slots carry.

import { byId, element } from './dom.js';

let onBlocked = () => {};

/** `blocked` is called when the browser holds the sound back until somebody touches the page. */
export function startSound(blocked) {
    onBlocked = blocked;
}

/** Plays these tracks and nothing else. */
export function playTracks(tracks, sinkId) {
    const players = tracks.map((track) => element('audio', { autoplay: true, srcObject: new MediaStream([track]) }));
    byId('sound').replaceChildren(...players);
    useSpeaker(sinkId);
    resumeSound();
}

export function useSpeaker(sinkId) {
    for (const player of byId('sound').children) {
        player.setSinkId?.(sinkId || '').catch(() => {});
    }
}

/** Starts what the browser has held back; call it on a touch. */
export function resumeSound() {
    for (const player of byId('sound').children) {
        player.play().catch((error) => {
            if (error.name === 'NotAllowedError') {
                onBlocked();
            }
        });
    }
}

export function stopSound() {
    byId('sound').replaceChildren();
}
