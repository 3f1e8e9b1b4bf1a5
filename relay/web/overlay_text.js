// The numbers on a tile, in words: short lines, the most important first.

import { formatLoss, formatRate, formatRtt } from './stats.js';

function size({ width, height, fps }) {
    return width > 0 ? `${width}×${height}${fps ? `@${Math.round(fps)}` : ''}` : null;
}

const PAUSED = { network: 'paused by network', muted: 'camera off', offscreen: 'off screen' };

/**
 * Lines for somebody else's tile.
 *
 * @param video  inboundBetween() of the video m-line, or null
 * @param audio  the same of the audio m-line that carries the voice now, or null
 * @param slot   what the relay says of the video slot, or null
 * @param mixed  that m-line carries everybody at once
 * @param view   {width, height} that we asked for, or null
 */
export function receivedLines({ video = null, audio = null, mixed = false, slot = null, view = null, rttMs = NaN }) {
    const lines = [];
    const shown = video === null ? null : size(video);
    if (slot?.paused) {
        lines.push(PAUSED[slot.paused] ?? slot.paused);
    } else if (shown !== null) {
        const sent = slot?.layer ? size(slot.layer) : null;
        const differs = sent !== null && (slot.layer.width !== video.width || slot.layer.height !== video.height);
        lines.push(`${shown}${slot?.feed === 'grid' ? ' composed' : differs ? ` of ${sent}` : ''}`);
    } else {
        lines.push('no picture');
    }
    if (view !== null && view.width > 0 && !slot?.paused) {
        lines.push(`asked ${view.width}×${view.height}`);
    }
    if (video !== null && !slot?.paused) {
        lines.push(`${formatRate(video.kbps)}${video.codec ? ` ${video.codec}` : ''}`);
    }
    const buffer = video?.bufferMs ?? audio?.bufferMs ?? null;
    lines.push(`loss ${formatLoss(Math.max(video?.loss ?? 0, audio?.loss ?? 0))} · rtt ${formatRtt(rttMs)}`);
    lines.push(`buffer ${buffer === null ? '–' : `${Math.round(buffer)} ms`}${video !== null && video.freezes > 0 ? ` · ${video.freezes} ${video.freezes === 1 ? 'freeze' : 'freezes'}` : ''}`);
    if (audio !== null && audio.samples > 0) {
        lines.push(`${mixed ? 'mixed' : 'voice'} ${formatRate(audio.kbps)}${mixed && audio.codec ? ` ${audio.codec}` : ''}${audio.concealed > 0 ? ` · ${formatLoss(audio.concealed)} concealed` : ''}`);
    }
    return lines;
}

/** Lines for one's own tile: every layer that is sent, the largest first. */
export function sentLines({ layers, rttMs = NaN, unwanted = [] }) {
    const video = layers.filter(({ kind }) => kind === 'video');
    const lines = [...video].reverse().map((layer) => {
        const name = layer.rid ? `${layer.rid} ` : '';
        return layer.sending
            ? `${name}${size(layer) ?? '–'} ${formatRate(layer.kbps)}`
            : `${name}off${unwanted.includes(layer.rid) ? ', nobody looks' : ''}`;
    });
    const sending = video.filter((layer) => layer.sending);
    const worst = layers.reduce((most, { loss }) => Math.max(most, loss), 0);
    const codec = sending[0]?.codec ?? null;
    const limited = sending.map(({ limited: why }) => why).find((why) => why !== 'none');
    lines.push(`loss ${formatLoss(worst)} · rtt ${formatRtt(rttMs)}`);
    if (codec !== null) {
        lines.push(`${codec}${limited ? `, limited by ${limited}` : ''}`);
    }
    return lines;
}
