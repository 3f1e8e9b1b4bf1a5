// Runs in a page: WHIP with three layers of one picture, lowest first.

/** `camera` as for the test camera. @return the answer */
export const publishLayers = async ({ url, camera }) => {
  const pc = new RTCPeerConnection();
  const stream = e2e.secondCamera(camera);
  pc.addTransceiver(stream.getAudioTracks()[0], { direction: 'sendonly' });
  pc.addTransceiver(stream.getVideoTracks()[0], {
    direction: 'sendonly',
    sendEncodings: [
      { rid: 'l', scaleResolutionDownBy: 4, maxBitrate: 150000 },
      { rid: 'm', scaleResolutionDownBy: 2, maxBitrate: 500000 },
      { rid: 'h', maxBitrate: 1500000 },
    ],
  });
  await pc.setLocalDescription();
  const reply = await fetch(url, { method: 'POST', headers: { 'Content-Type': 'application/sdp' }, body: pc.localDescription.sdp });
  if (reply.status !== 201) {
    throw new Error(`${reply.status} ${await reply.text()}`);
  }
  const answer = await reply.text();
  await pc.setRemoteDescription({ type: 'answer', sdp: answer });
  window.call = { pc };
  return answer;
};
