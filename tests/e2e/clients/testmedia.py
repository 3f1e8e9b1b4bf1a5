"""The test picture and the test tone, drawn and read as pages/meter.js does, and the log that the harness reads.

Standard output carries one JSON array a line: ["sent", ms, counter], ["frame", ms, who, counter], ["unreadable", ms],
["tones", ms, [Hz]], ["state", ms, text], ["session", ms, URL]. Times are of the wall clock, as Date.now() is.
"""

import array
import json
import math
import sys
import threading
import time
import urllib.parse
import urllib.request

import numpy

WIDTH, HEIGHT, FPS = 320, 240, 15
RATE = 48000
COLUMNS, ROWS = 8, 3

_lock = threading.Lock()


def log(kind, *fields):
    line = json.dumps([kind, time.time() * 1000, *fields])
    with _lock:
        sys.stdout.write(line + "\n")
        sys.stdout.flush()


def _checksum(who, counter):
    nibbles = (counter & 15) + (counter >> 4 & 15) + (counter >> 8 & 15) + (counter >> 12 & 15)
    return (who + nibbles + 5) & 15


def draw_luma(who, counter):
    """The luma plane of one picture, WIDTH x HEIGHT bytes."""
    bits = who << 20 | counter << 4 | _checksum(who, counter)
    cell = WIDTH // COLUMNS
    rows = [bytes([60 + 4 * (who % 8)]) * WIDTH * (HEIGHT // 2)]
    for row in range(ROWS):
        line = b"".join(
            bytes([235 if bits >> (23 - row * COLUMNS - column) & 1 else 16]) * cell for column in range(COLUMNS)
        )
        rows.append(line * (HEIGHT // 2 // ROWS))
    return b"".join(rows)


def draw_i420(who, counter):
    chroma = WIDTH * HEIGHT // 4
    return draw_luma(who, counter) + bytes([128 + 8 * (who % 4)]) * chroma + bytes([128]) * chroma


def read_luma(data, width, height, stride):
    """(who, counter) of a luma plane, or None when it cannot be read with certainty."""
    bits = 0
    for i in range(COLUMNS * ROWS):
        x = int((i % COLUMNS + 0.5) * width / COLUMNS)
        y = int(height / 2 + (i // COLUMNS + 0.5) * height / 2 / ROWS)
        luma = data[y * stride + x]
        if 95 < luma < 160:
            return None
        bits = bits << 1 | (1 if luma >= 160 else 0)
    who, counter = bits >> 20, bits >> 4 & 0xFFFF
    return (who, counter) if bits & 15 == _checksum(who, counter) else None


def log_picture(data, width, height, stride):
    seen = read_luma(data, width, height, stride)
    if seen:
        log("frame", *seen)
    else:
        log("unreadable")


class ToneMeter:
    """Logs the pitches in mono 16 bit samples at 48 kHz, loudest first, ten times a second."""

    QUIET = 100  # amplitude
    MOST = 6

    def __init__(self):
        self.samples = array.array("h")

    def feed(self, samples):
        self.samples.extend(samples)
        while len(self.samples) >= RATE // 10:
            block, self.samples = self.samples[: RATE // 10], self.samples[RATE // 10 :]
            log("tones", self.pitches(block))

    def pitches(self, block):
        window = numpy.hanning(len(block))
        spectrum = numpy.abs(numpy.fft.rfft(numpy.array(block) * window)) * 2 / window.sum()
        peaks = []
        for i in range(3, len(spectrum) - 1):
            left, level, right = spectrum[i - 1 : i + 2]
            if level > self.QUIET and level >= left and level > right:
                peaks.append((level, (i + (right - left) / (left + level + right)) * RATE / len(block)))
        return [round(hertz) for level, hertz in sorted(peaks, reverse=True)[: self.MOST]]


class ToneSource:
    def __init__(self, hertz):
        self.step = 2 * math.pi * hertz / RATE
        self.position = 0

    def next(self, count):
        start = self.position
        self.position += count
        return array.array("h", (int(12000 * math.sin(self.step * (start + i))) for i in range(count)))


class Session:
    """What WHIP, WHEP and /call have in common: POST an offer, get an answer; DELETE to leave."""

    def __init__(self, url):
        self.url = url
        self.location = None

    def post(self, offer):
        request = urllib.request.Request(
            self.url, data=offer.encode(), headers={"Content-Type": "application/sdp"}, method="POST"
        )
        with urllib.request.urlopen(request, timeout=10) as reply:
            self.location = urllib.parse.urljoin(reply.geturl(), reply.headers["Location"])
            log("session", self.location)
            return reply.read().decode()

    def delete(self):
        if self.location:
            location, self.location = self.location, None
            urllib.request.urlopen(urllib.request.Request(location, method="DELETE"), timeout=5).close()
