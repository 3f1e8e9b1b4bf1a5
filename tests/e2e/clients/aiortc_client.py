"""aiortc as a publisher, a player, or both: aiortc_client.py publish|play|call|phone URL [--who N] [--hz F]

A phone has sound only, on one m-line."""

import argparse
import array
import asyncio
import fractions
import signal
import time

import av
from aiortc import MediaStreamTrack, RTCPeerConnection, RTCSessionDescription

import testmedia


class Picture(MediaStreamTrack):
    kind = "video"

    def __init__(self, who):
        super().__init__()
        self.who = who
        self.counter = 0
        self.start = None

    async def recv(self):
        self.start = self.start or time.monotonic()
        self.counter += 1
        await asyncio.sleep(max(0, self.start + self.counter / testmedia.FPS - time.monotonic()))
        frame = av.VideoFrame(testmedia.WIDTH, testmedia.HEIGHT, "yuv420p")
        luma = testmedia.draw_luma(self.who, self.counter & 0xFFFF)
        for plane in frame.planes:
            if plane is frame.planes[0] or plane.width == testmedia.WIDTH:
                stride = plane.line_size
                lines = (luma[i : i + testmedia.WIDTH] for i in range(0, len(luma), testmedia.WIDTH))
                plane.update(b"".join(line.ljust(stride, b"\0") for line in lines))
            else:
                plane.update(bytes([128]) * plane.buffer_size)
        frame.pts = self.counter * 90000 // testmedia.FPS
        frame.time_base = fractions.Fraction(1, 90000)
        testmedia.log("sent", self.counter & 0xFFFF)
        return frame


class Tone(MediaStreamTrack):
    kind = "audio"

    def __init__(self, hertz):
        super().__init__()
        self.source = testmedia.ToneSource(hertz)
        self.start = None

    async def recv(self):
        self.start = self.start or time.monotonic()
        position = self.source.position
        await asyncio.sleep(max(0, self.start + position / testmedia.RATE - time.monotonic()))
        frame = av.AudioFrame(format="s16", layout="mono", samples=960)
        frame.planes[0].update(self.source.next(960).tobytes())
        frame.pts = position
        frame.sample_rate = testmedia.RATE
        frame.time_base = fractions.Fraction(1, testmedia.RATE)
        return frame


async def read_pictures(track):
    while True:
        frame = await track.recv()
        plane = frame.planes[0]
        testmedia.log_picture(bytes(plane), frame.width, frame.height, plane.line_size)


async def read_tone(track):
    meter = testmedia.ToneMeter()
    while True:
        frame = await track.recv()
        channels = len(frame.layout.channels)
        samples = array.array("h", bytes(frame.planes[0])[: frame.samples * channels * 2])
        meter.feed(samples[::channels])


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("mode", choices=["publish", "play", "call", "phone"])
    parser.add_argument("url")
    parser.add_argument("--who", type=int, default=1)
    parser.add_argument("--hz", type=float, default=440)
    args = parser.parse_args()
    done = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, done.set)
    pc = RTCPeerConnection()
    tasks = []

    @pc.on("connectionstatechange")
    def changed():
        testmedia.log("state", pc.connectionState)

    @pc.on("track")
    def arrived(track):
        tasks.append(asyncio.ensure_future((read_pictures if track.kind == "video" else read_tone)(track)))

    if args.mode == "play":
        pc.addTransceiver("audio", direction="recvonly")
        pc.addTransceiver("video", direction="recvonly")
    else:
        direction = "sendonly" if args.mode == "publish" else "sendrecv"
        pc.addTransceiver(Tone(args.hz), direction=direction)
        if args.mode != "phone":
            pc.addTransceiver(Picture(args.who), direction=direction)
    await pc.setLocalDescription(await pc.createOffer())
    session = testmedia.Session(args.url)
    answer = await loop.run_in_executor(None, session.post, pc.localDescription.sdp)
    await pc.setRemoteDescription(RTCSessionDescription(sdp=answer, type="answer"))
    await done.wait()
    await loop.run_in_executor(None, session.delete)
    await pc.close()


asyncio.run(main())
