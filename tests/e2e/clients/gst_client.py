"""GStreamer's webrtcbin as a publisher, a player, or both:
gst_client.py publish|play|call URL [--who N] [--hz F] [--codec VP8|VP9|H264]"""

import argparse
import array
import signal

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstSdp", "1.0")
gi.require_version("GstWebRTC", "1.0")
from gi.repository import GLib, Gst, GstSdp, GstWebRTC  # noqa: E402

import testmedia  # noqa: E402

VIDEO_CAPS = (
    "application/x-rtp,media=video,encoding-name={codec},payload=97,clock-rate=90000,"
    "rtcp-fb-nack=(boolean)true,rtcp-fb-nack-pli=(boolean)true,rtcp-fb-ccm-fir=(boolean)true"
)
AUDIO_CAPS = "application/x-rtp,media=audio,encoding-name=OPUS,payload=96,clock-rate=48000,encoding-params=(string)2"

# Encoder, payloader, and what else the offer says.
ENCODERS = {
    "VP8": (
        "vp8enc deadline=1 cpu-used=8 target-bitrate=500000 keyframe-max-dist=600 ! rtpvp8pay picture-id-mode=15-bit",
        "",
    ),
    "VP9": (
        "vp9enc deadline=1 cpu-used=8 target-bitrate=500000 keyframe-max-dist=600 ! rtpvp9pay picture-id-mode=15-bit",
        ",profile-id=(string)0",
    ),
    "H264": (
        "openh264enc complexity=low bitrate=500000 gop-size=600 ! video/x-h264,profile=constrained-baseline "
        "! rtph264pay config-interval=-1 aggregate-mode=zero-latency",
        ",packetization-mode=(string)1,profile-level-id=(string)42e01f,level-asymmetry-allowed=(string)1",
    ),
}

PICTURE = (
    f"appsrc name=picture is-live=true do-timestamp=true format=time "
    f"caps=video/x-raw,format=I420,width={testmedia.WIDTH},height={testmedia.HEIGHT},framerate={testmedia.FPS}/1 "
    "! queue ! {encoder} ! queue ! {caps} ! webrtc."
)
TONE = (
    "audiotestsrc is-live=true wave=sine freq={hz} volume=0.4 samplesperbuffer=960 "
    f"! audio/x-raw,rate=48000,channels=1 ! opusenc ! rtpopuspay ! queue ! {AUDIO_CAPS} ! webrtc."
)


class Client:
    def __init__(self, args):
        self.session = testmedia.Session(args.url)
        self.who = args.who
        self.counter = 0
        self.posted = False
        self.meter = testmedia.ToneMeter()
        self.loop = GLib.MainLoop()
        sending = args.mode != "play"
        webrtc = "webrtcbin name=webrtc bundle-policy=max-bundle latency=100"
        if sending:
            encoder, more = ENCODERS[args.codec]
            picture = PICTURE.format(encoder=encoder, caps=VIDEO_CAPS.format(codec=args.codec) + more)
            self.pipe = Gst.parse_launch(f"{webrtc} {TONE.format(hz=args.hz)} {picture}")
        else:
            self.pipe = Gst.Pipeline.new()
            self.pipe.add(Gst.parse_launch(webrtc))
        self.webrtc = self.pipe.get_by_name("webrtc")
        if args.mode == "play":
            for caps in (AUDIO_CAPS, VIDEO_CAPS.format(codec="VP8")):
                direction = GstWebRTC.WebRTCRTPTransceiverDirection.RECVONLY
                self.webrtc.emit("add-transceiver", direction, Gst.Caps.from_string(caps))
        elif args.mode == "publish":
            index = 0
            while transceiver := self.webrtc.emit("get-transceiver", index):
                transceiver.set_property("direction", GstWebRTC.WebRTCRTPTransceiverDirection.SENDONLY)
                index += 1
        self.webrtc.connect("on-negotiation-needed", self.negotiate)
        self.webrtc.connect("notify::ice-gathering-state", self.gathered)
        self.webrtc.connect("notify::connection-state", self.changed)
        self.webrtc.connect("pad-added", self.arrived)
        bus = self.pipe.get_bus()
        bus.add_signal_watch()
        bus.connect("message::error", self.failed)
        self.pipe.set_state(Gst.State.PLAYING)
        if sending:
            GLib.timeout_add(1000 // testmedia.FPS, self.picture)

    def failed(self, _bus, message):
        testmedia.log("error", str(message.parse_error()))
        self.loop.quit()

    def changed(self, *_):
        testmedia.log("state", self.webrtc.get_property("connection-state").value_nick)

    def picture(self):
        self.counter = (self.counter + 1) & 0xFFFF
        data = testmedia.draw_i420(self.who, self.counter)
        self.pipe.get_by_name("picture").emit("push-buffer", Gst.Buffer.new_wrapped(data))
        testmedia.log("sent", self.counter)
        return True

    def negotiate(self, _element):
        self.webrtc.emit("create-offer", None, Gst.Promise.new_with_change_func(self.offered))

    def offered(self, promise):
        reply = promise.get_reply()
        offer = reply.get_value("offer")
        self.webrtc.emit("set-local-description", offer, None)

    def gathered(self, *_):
        if self.webrtc.get_property("ice-gathering-state") == GstWebRTC.WebRTCICEGatheringState.COMPLETE:
            GLib.idle_add(self.post)

    def post(self):
        if not self.posted:
            self.posted = True
            offer = self.webrtc.get_property("local-description").sdp.as_text()
            try:
                _, sdp = GstSdp.SDPMessage.new_from_text(self.session.post(offer))
            except OSError as error:
                testmedia.log("error", str(error))
                self.loop.quit()
                return False
            answer = GstWebRTC.WebRTCSessionDescription.new(GstWebRTC.WebRTCSDPType.ANSWER, sdp)
            self.webrtc.emit("set-remote-description", answer, None)
        return False

    def arrived(self, _element, pad):
        if pad.direction != Gst.PadDirection.SRC:
            return
        name = pad.get_current_caps().get_structure(0).get_string("encoding-name").upper()
        if name == "VP8":
            chain = "rtpvp8depay ! vp8dec ! videoconvert ! video/x-raw,format=I420 ! appsink name=sink sync=false"
            handler = self.picture_arrived
        elif name == "OPUS":
            chain = (
                "rtpopusdepay ! opusdec ! audioconvert ! audioresample "
                "! audio/x-raw,format=S16LE,rate=48000,channels=1 ! appsink name=sink sync=false"
            )
            handler = self.tone_arrived
        else:
            chain, handler = "fakesink", None
        branch = Gst.parse_bin_from_description(f"queue ! {chain}", True)
        self.pipe.add(branch)
        if handler:
            sink = branch.get_by_name("sink")
            sink.set_property("emit-signals", True)
            sink.connect("new-sample", handler)
        branch.sync_state_with_parent()
        pad.link(branch.get_static_pad("sink"))

    def picture_arrived(self, sink):
        sample = sink.emit("pull-sample")
        caps = sample.get_caps().get_structure(0)
        width, height = caps.get_value("width"), caps.get_value("height")
        buffer = sample.get_buffer()
        testmedia.log_picture(buffer.extract_dup(0, buffer.get_size()), width, height, (width + 3) & ~3)
        return Gst.FlowReturn.OK

    def tone_arrived(self, sink):
        buffer = sink.emit("pull-sample").get_buffer()
        self.meter.feed(array.array("h", buffer.extract_dup(0, buffer.get_size())))
        return Gst.FlowReturn.OK

    def run(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            GLib.unix_signal_add(GLib.PRIORITY_DEFAULT, number, self.loop.quit)
        self.loop.run()
        self.session.delete()
        self.pipe.set_state(Gst.State.NULL)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("mode", choices=["publish", "play", "call"])
    parser.add_argument("url")
    parser.add_argument("--who", type=int, default=1)
    parser.add_argument("--hz", type=float, default=440)
    parser.add_argument("--codec", choices=list(ENCODERS), default="VP8")
    Gst.init(None)
    Client(parser.parse_args()).run()


main()
