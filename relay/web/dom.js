// Small helpers for the document.

export function byId(id) {
    return document.getElementById(id);
}

/** Makes an element: element('p', {className: 'x'}, 'text', child, ...). */
export function element(name, fields = {}, ...children) {
    const node = Object.assign(document.createElement(name), fields);
    node.append(...children);
    return node;
}

export function icon(name, className = '') {
    const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
    const use = document.createElementNS('http://www.w3.org/2000/svg', 'use');
    svg.setAttribute('class', `icon ${className}`.trim());
    svg.setAttribute('aria-hidden', 'true');
    use.setAttribute('href', `/assets/icons.svg#${name}`);
    svg.append(use);
    return svg;
}

export function setIcon(node, name) {
    node.querySelector('use').setAttribute('href', `/assets/icons.svg#${name}`);
}

/** Names a button for everybody: the tooltip carries the key, the label does not. */
export function label(button, text, key = '') {
    button.setAttribute('aria-label', text);
    button.title = key ? `${text} (${key})` : text;
}
