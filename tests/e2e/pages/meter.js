// Runs before the page's own scripts. Gives the page a test camera (a picture with a counter that can be read back, and a
// tone of known pitch) in the place of getUserMedia, and meters that read counter and tone out of what arrives.
//
// The picture: 8 x 3 cells, black or white, in its lower half: 4 bits who, 16 bits counter, 4 bits checksum, most significant
// first. clients/counter.py draws and reads the same.
(() => {
  const COLUMNS = 8;
  const LOUDNESS = 0.4;
  const ROWS = 3;
  const now = () => performance.timeOrigin + performance.now();

  const checksum = (who, counter) =>
    (who + (counter & 15) + ((counter >> 4) & 15) + ((counter >> 8) & 15) + ((counter >> 12) & 15) + 5) & 15;

  /** A canvas of grey grains: shown at ever new places it needs bits, since no encoder can foresee it. */
  function grains(width, height) {
    const canvas = new OffscreenCanvas(width, height);
    const context = canvas.getContext('2d');
    const image = context.createImageData(width, height);
    for (let i = 0; i < image.data.length; i += 4) {
      image.data.fill(64 + Math.floor(128 * Math.random()), i, i + 3);
      image.data[i + 3] = 255;
    }
    context.putImageData(image, 0, 0);
    return canvas;
  }

  function draw(context, who, counter, noise) {
    const { width, height } = context.canvas;
    context.fillStyle = `hsl(${(who * 77) % 360} 60% ${35 + 10 * Math.sin(counter / 8)}%)`;
    context.fillRect(0, 0, width, height / 2);
    if (noise) {
      context.globalAlpha = 0.5;
      context.drawImage(noise, -Math.floor(Math.random() * width), -Math.floor((Math.random() * height) / 2), 2 * width, height);
      context.globalAlpha = 1;
    }
    const bits = (who << 20) | (counter << 4) | checksum(who, counter);
    for (let i = 0; i < COLUMNS * ROWS; i += 1) {
      context.fillStyle = (bits >> (23 - i)) & 1 ? '#fff' : '#000';
      const top = height / 2 + (Math.floor(i / COLUMNS) * height) / 2 / ROWS;
      context.fillRect(((i % COLUMNS) * width) / COLUMNS, top, width / COLUMNS, height / 2 / ROWS);
    }
  }

  /** {who, counter}, or null when the picture cannot be read with certainty. */
  function read(context) {
    const { width, height } = context.canvas;
    const { data } = context.getImageData(0, 0, width, height);
    let bits = 0;
    for (let i = 0; i < COLUMNS * ROWS; i += 1) {
      const x = Math.floor((((i % COLUMNS) + 0.5) * width) / COLUMNS);
      const y = Math.floor(height / 2 + ((Math.floor(i / COLUMNS) + 0.5) * height) / 2 / ROWS);
      const luma = data[(y * width + x) * 4 + 1];
      if (luma > 95 && luma < 160) {
        return null;
      }
      bits = (bits << 1) | (luma >= 160 ? 1 : 0);
    }
    const who = bits >> 20;
    const counter = (bits >> 4) & 0xffff;
    return (bits & 15) === checksum(who, counter) ? { who, counter } : null;
  }

  let voice = null; // gain of the tone, and its clock

  /** `grainy`: a picture that fills whatever rate it is given. `silent`: the tone waits for speak(). */
  function camera({ who = 1, hz = 440, width = 320, height = 240, fps = 15, grainy = false, silent = false }) {
    const canvas = document.createElement('canvas');
    canvas.width = width;
    canvas.height = height;
    const context = canvas.getContext('2d');
    const noise = grainy ? grains(width, Math.ceil(height / 2)) : null;
    let counter = 0;
    const tick = () => {
      counter = (counter + 1) & 0xffff;
      draw(context, who, counter, noise);
      log.sent.push([now(), counter]);
    };
    tick();
    setInterval(tick, 1000 / fps);
    const audio = new AudioContext();
    const oscillator = audio.createOscillator();
    const gain = audio.createGain();
    const output = audio.createMediaStreamDestination();
    oscillator.frequency.value = hz;
    gain.gain.value = silent ? 0 : LOUDNESS;
    voice ??= { gain: gain.gain, clock: audio };
    oscillator.connect(gain).connect(output);
    oscillator.start();
    audio.resume();
    return new MediaStream([...canvas.captureStream(fps).getTracks(), ...output.stream.getTracks()]);
  }

  const log = { frames: [], tones: [], packets: [], sent: [], events: [], unreadable: 0 };
  const own = new Set(); // ids of tracks that this page made
  const watched = new WeakSet();
  const heard = new Set();
  let context = null;

  /** Logs [time, who, counter] of every picture that `video` presents of somebody else. */
  function watch(video) {
    const canvas = document.createElement('canvas');
    canvas.width = 160;
    canvas.height = 120;
    const picture = canvas.getContext('2d', { willReadFrequently: true });
    const step = () => {
      const [track] = video.srcObject?.getVideoTracks() ?? [];
      if (video.videoWidth > 0 && track && !own.has(track.id)) {
        picture.drawImage(video, 0, 0, canvas.width, canvas.height);
        const seen = read(picture);
        if (seen) {
          log.frames.push([now(), seen.who, seen.counter]);
        } else {
          log.unreadable += 1;
        }
      }
      video.requestVideoFrameCallback(step);
    };
    video.requestVideoFrameCallback(step);
  }

  /** Logs [time, [pitches in Hz, loudest first]] of `track` every 50 ms. A media element must play the track too. */
  function listen(track) {
    context ??= new AudioContext();
    context.resume();
    const analyser = context.createAnalyser();
    analyser.fftSize = 4096;
    analyser.smoothingTimeConstant = 0;
    context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
    const bins = new Float32Array(analyser.frequencyBinCount);
    const width = context.sampleRate / analyser.fftSize;
    const timer = setInterval(() => {
      if (track.readyState === 'ended') {
        clearInterval(timer);
        return;
      }
      analyser.getFloatFrequencyData(bins);
      const peaks = [];
      for (let i = 3; i < bins.length - 1; i += 1) {
        if (bins[i] > -50 && bins[i] >= bins[i - 1] && bins[i] > bins[i + 1]) {
          const curve = bins[i - 1] - 2 * bins[i] + bins[i + 1];
          peaks.push([bins[i], (i + (0.5 * (bins[i - 1] - bins[i + 1])) / curve) * width]);
        }
      }
      peaks.sort((a, b) => b[0] - a[0]);
      log.tones.push([now(), peaks.slice(0, 4).map(([, hz]) => Math.round(hz))]);
    }, 50);
  }

  // Whatever the page plays is metered, its own camera excepted; not in a crowd: to meter costs more than to decode.
  const meter = () => {
    for (const element of document.querySelectorAll('video, audio')) {
      if (element.localName === 'video' && !watched.has(element)) {
        watched.add(element);
        watch(element);
      }
      for (const track of element.srcObject?.getAudioTracks?.() ?? []) {
        if (!own.has(track.id) && !heard.has(track.id)) {
          heard.add(track.id);
          listen(track);
        }
      }
    }
  };
  if (window.e2eCamera?.meters !== false) {
    setInterval(meter, 100);
  }

  /** What was logged since the last call. */
  function drain() {
    const taken = { ...log };
    Object.assign(log, { frames: [], tones: [], packets: [], sent: [], events: [], unreadable: 0 });
    return taken;
  }

  /** Logs [time, received audio packets] of `pc` every 20 ms. */
  function countPackets(pc) {
    setInterval(async () => {
      let packets = 0;
      for (const stat of (await pc.getStats()).values()) {
        if (stat.type === 'inbound-rtp' && stat.kind === 'audio') {
          packets += stat.packetsReceived;
        }
      }
      log.packets.push([now(), packets]);
    }, 20);
  }

  let socket = null;

  /** Logs [time, message] of all that the relay says by WebSocket. */
  window.WebSocket = class extends WebSocket {
    constructor(...args) {
      super(...args);
      socket = this;
      this.addEventListener('message', ({ data }) => log.events.push([now(), JSON.parse(data)]));
    }
  };

  /** Another camera, for what the page itself does not ask for. */
  function secondCamera(options) {
    const stream = camera(options);
    stream.getTracks().forEach((track) => own.add(track.id));
    return stream;
  }

  /** The tone of the test camera sounds from now on, or is silent; or sounds for so many seconds by the clock of sound. */
  function speak(on, seconds) {
    voice.gain.cancelScheduledValues(0);
    voice.gain.value = on ? LOUDNESS : 0;
    if (seconds) {
      voice.gain.setValueAtTime(LOUDNESS, voice.clock.currentTime);
      voice.gain.setValueAtTime(0, voice.clock.currentTime + seconds);
    }
    return now();
  }

  /** Tells the relay something that the page does not say by itself. */
  const tell = (message) => socket.send(JSON.stringify(message));

  window.e2e = { drain, tell, speak, countPackets, secondCamera, now };

  if (navigator.mediaDevices && window.e2eCamera) {
    let source = null;
    const devices = [
      { kind: 'audioinput', deviceId: 'tone', groupId: 'test', label: 'Test tone' },
      { kind: 'videoinput', deviceId: 'counter', groupId: 'test', label: 'Test picture' },
    ];
    navigator.mediaDevices.enumerateDevices = async () => devices.map((d) => ({ ...d, toJSON: () => d }));
    navigator.mediaDevices.getUserMedia = async ({ audio, video }) => {
      source ??= camera(window.e2eCamera);
      const wanted = source.getTracks().filter((t) => (t.kind === 'audio' ? audio : video));
      const tracks = wanted.map((track) => track.clone());
      tracks.forEach((track) => own.add(track.id));
      return new MediaStream(tracks);
    };
  }
})();
