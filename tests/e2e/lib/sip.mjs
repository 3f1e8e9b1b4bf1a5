// The smallest SIP answerer that a telephone will talk to: INVITE in, its SDP offer handed on, 200 with the answer out.
// One socket on loopback, no authentication, no forking.
import { createSocket } from 'node:dgram';

function parse(datagram) {
  const text = datagram.toString();
  const end = text.indexOf('\r\n\r\n');
  const [start, ...lines] = text.slice(0, end).split('\r\n');
  const headers = lines.map((line) => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim()];
  });
  return { start, headers, body: text.slice(end + 4), header: (name) => headers.find(([key]) => key === name)?.[1] };
}

/**
 * `answer(offer)` returns {sdp}; it may throw, which the phone hears as 488. `ended()` is called at BYE.
 * Returns {port, close()}.
 */
export async function startSip({ answer, ended = () => {} }) {
  const socket = createSocket('udp4');
  const replies = new Map();
  const answers = new Map();

  function reply(request, to, status, body = '') {
    const kept = request.headers.filter(([key]) => ['via', 'from', 'call-id', 'cseq'].includes(key));
    const lines = [`SIP/2.0 ${status}`, ...kept.map(([key, value]) => `${key}: ${value}`)];
    lines.push(`to: ${request.header('to')}${request.header('to').includes(';tag=') ? '' : ';tag=tandem'}`);
    lines.push(`contact: <sip:tandem@127.0.0.1:${socket.address().port}>`);
    if (body) {
      lines.push('content-type: application/sdp');
    }
    lines.push(`content-length: ${Buffer.byteLength(body)}`);
    const datagram = `${lines.join('\r\n')}\r\n\r\n${body}`;
    socket.send(datagram, to.port, to.address);
    return datagram;
  }

  async function invite(request, from) {
    const id = `${request.header('call-id')} ${request.header('cseq')}`;
    if (replies.has(id)) {
      const sent = replies.get(id);
      if (sent) {
        socket.send(sent, from.port, from.address);
      }
      return;
    }
    replies.set(id, null);
    reply(request, from, '100 Trying');
    try {
      // A second INVITE of one call (baresip sends it when ICE has chosen) changes nothing that the relay needs to know.
      const call = request.header('call-id');
      answers.set(call, answers.get(call) ?? (await answer(request.body)));
      const { sdp } = answers.get(call);
      replies.set(id, reply(request, from, '200 OK', sdp));
    } catch (error) {
      replies.set(id, reply(request, from, `488 ${String(error.message).slice(0, 80).replace(/[\r\n]/g, ' ')}`));
    }
  }

  socket.on('message', (datagram, from) => {
    const request = parse(datagram);
    const method = request.start.split(' ')[0];
    if (method === 'INVITE') {
      invite(request, from);
    } else if (method === 'BYE' || method === 'CANCEL') {
      reply(request, from, '200 OK');
      ended();
    } else if (method !== 'ACK' && method !== 'SIP/2.0') {
      reply(request, from, '200 OK');
    }
  });
  await new Promise((resolve) => socket.bind(0, '127.0.0.1', resolve));
  return { port: socket.address().port, close: () => new Promise((resolve) => socket.close(resolve)) };
}
