// How loud the own microphone is, for the lobby's meter and the ring around the own tile.

/** Root mean square above which a voice is taken for speech; room noise after noise suppression is far below. */
const SPEECH_RMS = 0.02;
const HOLD_MS = 400;

export class Meter {
    #context = null;
    #source = null;
    #analyser = null;
    #samples = null;
    #track = null;
    #lastSpeechMs = -Infinity;

    /** Listens to this track (or to none). */
    use(track) {
        if (track === this.#track) {
            return;
        }
        this.#source?.disconnect();
        this.#source = null;
        this.#track = track;
        if (track === null) {
            return;
        }
        try {
            this.#context ??= new AudioContext();
            this.#analyser ??= this.#context.createAnalyser();
            this.#analyser.fftSize = 512;
            this.#samples ??= new Float32Array(this.#analyser.fftSize);
            this.#source = this.#context.createMediaStreamSource(new MediaStream([track]));
            this.#source.connect(this.#analyser);
        } catch {
            this.#source = null; // no meter, then
        }
    }

    /** Browsers let audio contexts run only after a touch. */
    wake() {
        this.#context?.resume().catch(() => {});
    }

    /** {level: 0..1 for showing, speaking} */
    read(nowMs) {
        if (this.#source === null) {
            return { level: 0, speaking: false };
        }
        this.#analyser.getFloatTimeDomainData(this.#samples);
        const rms = Math.sqrt(this.#samples.reduce((sum, each) => sum + each * each, 0) / this.#samples.length);
        if (rms > SPEECH_RMS) {
            this.#lastSpeechMs = nowMs;
        }
        const level = Math.max(0, Math.min(1, (20 * Math.log10(rms + 1e-6) + 60) / 50));
        return { level, speaking: nowMs - this.#lastSpeechMs < HOLD_MS };
    }
}
