// What the browser remembers between visits: name, devices, theme. Works without storage, too (private windows).

const PREFIX = 'tandem.';

export function recall(key) {
    try {
        return localStorage.getItem(PREFIX + key) ?? '';
    } catch {
        return '';
    }
}

export function remember(key, value) {
    try {
        localStorage.setItem(PREFIX + key, value);
    } catch {
        // Nothing to be done, and nothing lost but comfort.
    }
}
