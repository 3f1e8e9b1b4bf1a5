// Who is here, in words.

/** "3 people, 2 of them listen, one hand raised". */
export function peopleText({ people, listening = 0, hands = 0 }) {
    return [
        people === 1 ? 'One person' : `${people} people`,
        listening > 0 && (listening === 1 ? 'one of them only listens' : `${listening} of them only listen`),
        hands > 0 && `${hands === 1 ? 'one hand' : `${hands} hands`} raised`,
    ].filter(Boolean).join(', ');
}

/** What to say to somebody whom nobody answers; `listeners` are names; `closed`: the link alone opens nothing. */
export function aloneText({ metOthers, listeners = [], closed = false }) {
    if (listeners.length > 0) {
        return `${listeners.length === 1 ? `${listeners[0]} is` : `${listeners.length} people are`} listening. Nobody else can be heard or seen yet.`;
    }
    const others = closed ? 'Others come by invitations of their own.' : 'Share the link.';
    return `${metOthers ? 'Everybody else has left.' : 'You are the first here.'} ${others}`;
}
