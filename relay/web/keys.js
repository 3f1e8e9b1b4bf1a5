// Keyboard shortcuts: single letters, never while somebody types.

/** Calls `actions[key]` for single keys; 'Escape' works while typing, too. */
export function startKeys(actions) {
    document.addEventListener('keydown', (event) => {
        if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || event.isComposing) {
            return;
        }
        const typing = event.target.closest?.('input, textarea, select, dialog, [contenteditable]');
        const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
        if (key in actions && (!typing || (key === 'Escape' && !event.target.closest('dialog')))) {
            if (actions[key]() !== false) {
                event.preventDefault();
            }
        }
    });
}
