// One clear sentence for everything that can go wrong: what happened, and what to do about it.

const SENTENCES = {
    'no-camera': 'No camera was found. You can take part without one: others see your initials.',
    'no-microphone': 'No microphone was found. You can take part and listen; others can read you in the chat.',
    'no-devices': 'No camera or microphone was found. You can take part to watch and listen.',
    'camera-refused': 'The browser may not use your camera. Allow it with the camera symbol in the address bar; without it others see your initials.',
    'microphone-refused': 'The browser may not use your microphone. Allow it with the symbol in the address bar; without it you can only listen.',
    'devices-refused': 'The browser may not use your camera and microphone. Allow them with the symbol in the address bar; without them you can watch and listen.',
    'camera-busy': 'Another program is using your camera. Close it and switch the camera on again.',
    'microphone-busy': 'Another program is using your microphone. Close it and switch the microphone on again.',
    'devices-busy': 'Another program is using your camera and microphone. Close it and try again.',
    'camera-lost': 'Your camera was unplugged or stopped. Switch it on again, or choose another one.',
    'microphone-lost': 'Your microphone was unplugged or stopped. Switch it on again, or choose another one.',
    'insecure': 'Browsers only give camera and microphone to pages from https:// or localhost. Here you can watch and listen.',
    'unsupported': 'This browser cannot make calls. Please use a recent Firefox, Chrome, Edge or Safari.',
    'bad-room': 'A room name has 1 to 64 letters, digits, dots, dashes, underscores or tildes.',
    'server-gone': 'The server does not answer. Check your connection, or try again in a moment.',
    'reconnecting': 'The connection was interrupted. Bringing you back…',
    'path-blocked': 'The server answers, but no sound or picture gets through. Your network seems to block calls (UDP and TCP); another network or a VPN may help.',
    'udp-blocked': 'Your network blocks UDP, so the call runs over TCP. It works, but may stutter when the network is busy.',
    'back': 'You are back in the room.',
    'draining': 'The server is closing down for maintenance. You will be brought back as soon as it returns.',
    'events-lost': 'Names and chat are not up to date at the moment; sound and picture go on.',
    'autoplay': 'The browser holds the sound back until you touch the page.',
    'removed': 'A moderator has removed you from the room.',
    'muted-by': 'A moderator has muted you.',
    'chat-long': 'That message is too long to send.',
    'chat-offline': 'The chat is not connected at the moment. Your message was not sent.',
    'no-screen': 'The browser could not share your screen. Allow it in the settings of your system, or choose a window instead.',
    'screen-refused': 'The server does not take your screen.',
    'hand-offline': 'You are not connected at the moment. Try again when the call is back.',
    'no-copy': 'The link could not be copied. Copy it from the address bar.',
};

const STATUS = {
    400: 'The server did not understand this browser\'s offer.',
    401: 'This server needs an invitation, and the link that you opened holds none. Open the link that you were given, whole, up to its end, or ask for one of your own.',
    403: 'Your invitation does not open this room. Open the link that it came with, or ask for another one.',
    404: 'There is no such room here. Check the room name.',
    406: 'The server and this browser have no sound or picture format in common. Try another browser.',
    409: 'The room is full. Try again when somebody has left.',
    413: 'The server did not accept this browser\'s offer because it is too large.',
    429: 'Too many people are knocking at once.',
    503: 'The server takes no new calls at the moment.',
};

/** A token was sent (signal/access.c), but is not taken. */
function refusedToken(problem) {
    return /has expired/.test(problem.detail ?? '')
        ? 'Your invitation has expired. Ask for a new one.'
        : 'Your invitation is not valid here. Copy the whole link once more, or ask for a new one.';
}

function seconds(ms) {
    const whole = Math.max(1, Math.ceil(ms / 1000));
    return whole === 1 ? '1 second' : `${whole} seconds`;
}

/** The sentence for a named trouble. Unknown names give a sentence too, never nothing. */
export function sentence(name) {
    return SENTENCES[name] ?? 'Something went wrong. Please try again.';
}

export const names = Object.keys(SENTENCES);

/**
 * The sentence for an HTTP answer.
 *
 * @param status       HTTP status, 0 when no answer came
 * @param problem      RFC 9457 document, or null; its detail is added where it says more than our words
 * @param retryAfterMs what the server asked for, 0 when it did not
 */
export function statusSentence(status, problem = null, retryAfterMs = 0) {
    if (status === 0) {
        return sentence('server-gone');
    }
    if (status < 0) {
        return `This browser could not use the server's answer${problem?.detail ? `: ${problem.detail}` : ''}.`;
    }
    if (status === 401 && problem?.title === 'Token refused') {
        return refusedToken(problem);
    }
    const main = STATUS[status] ?? `The server could not take the call (status ${status}).`;
    const again = retryAfterMs > 0 ? ` Try again in ${seconds(retryAfterMs)}.` : '';
    const detail = [400, 406].includes(status) || !(status in STATUS) ? problem?.detail ?? '' : '';
    return main + (detail ? ` It said: “${detail}”` : '') + again;
}

/** The sentence while waiting for the next attempt. */
export function waitingSentence(cause, waitMs) {
    const base = cause === 'server' ? 'The server does not answer.'
        : cause === 'path' ? sentence('path-blocked')
            : 'The connection was interrupted.';
    return `${base} Trying again in ${seconds(waitMs)}.`;
}

/**
 * The name of the trouble when capture fails.
 *
 * @param errors {audio?: DOMException, video?: DOMException}: what failed
 */
export function captureTrouble({ audio, video }) {
    const what = { insecure: 0, refused: 1, busy: 2, none: 3 };
    const kindOf = (error) => {
        switch (error?.name) {
        case 'NotAllowedError':
        case 'SecurityError':
        case 'PermissionDeniedError':
            return 'refused';
        case 'NotReadableError':
        case 'AbortError':
        case 'TrackStartError':
            return 'busy';
        case 'InsecureContext':
            return 'insecure';
        default:
            return 'none';
        }
    };
    const kinds = [audio, video].filter(Boolean).map(kindOf).sort((a, b) => what[a] - what[b]);
    if (kinds.length === 0) {
        return null;
    }
    if (kinds.includes('insecure')) {
        return 'insecure';
    }
    const both = audio && video && kinds[0] === kinds[1];
    const device = both ? 'devices' : audio && kindOf(audio) === kinds[0] ? 'microphone' : 'camera';
    return kinds[0] === 'none' ? `no-${device}` : `${device}-${kinds[0]}`;
}
