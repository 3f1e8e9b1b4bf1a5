// Brings one sender's encodings to what is due: one change at a time, the latest wins, a refusal is no harm.

import { fitEncodings } from './encodings.js';

export class SenderTuner {
    #sender;
    #due;
    #busy = false;
    #again = false;

    /** `due()` returns {layers, wanted} as they are now (encodings.js). */
    constructor(sender, due) {
        this.#sender = sender;
        this.#due = due;
    }

    async tune() {
        this.#again = true;
        if (this.#busy) {
            return;
        }
        this.#busy = true;
        while (this.#again) {
            this.#again = false;
            await this.#once();
        }
        this.#busy = false;
    }

    async #once() {
        try {
            const parameters = this.#sender.getParameters();
            const { layers, wanted } = this.#due();
            if (parameters.encodings?.length > 0 && fitEncodings(parameters.encodings, layers, wanted)) {
                await this.#sender.setParameters(parameters);
            }
        } catch {
            // Refused while an offer is open, or by an old browser: what is sent stays as it is until the next time.
        }
    }
}
