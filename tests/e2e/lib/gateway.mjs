// An HTTP server in front of the relay's: it serves tests/e2e/pages under /pages/, hands everything else on to the relay
// (WebSockets too), and may rewrite the SDP of answers on the way. So a client of any make can be shown only some of the
// relay's candidates, or a proxy in their place, while client and relay stay as they are.
import { createServer, request } from 'node:http';
import { connect } from 'node:net';
import { readFile } from 'node:fs/promises';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';

const PAGES = fileURLToPath(new URL('../pages/', import.meta.url));
const TYPES = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript; charset=utf-8' };

async function servePage(path, reply) {
  try {
    const body = await readFile(join(PAGES, normalize(path)));
    reply.writeHead(200, { 'Content-Type': TYPES[extname(path)] ?? 'application/octet-stream' });
    reply.end(body);
  } catch {
    reply.writeHead(404);
    reply.end();
  }
}

/**
 * `relay` is the relay's URL (or a function that gives it); `rewrite(sdp, path)` returns the SDP that the client gets.
 * Returns {url, close()}.
 */
export async function startGateway({ relay, rewrite = (sdp) => sdp, host = '127.0.0.1' }) {
  const target = () => new URL(typeof relay === 'function' ? relay() : relay);
  const sockets = new Set();
  const server = createServer((incoming, reply) => {
    const path = incoming.url.split('?')[0];
    if (path.startsWith('/pages/')) {
      servePage(path.slice('/pages/'.length), reply);
      return;
    }
    const { hostname, port } = target();
    const options = { host: hostname.replace(/[[\]]/g, ''), port, path: incoming.url, method: incoming.method };
    const outgoing = request({ ...options, headers: incoming.headers }, (answer) => {
      const chunks = [];
      answer.on('data', (chunk) => chunks.push(chunk));
      answer.on('end', () => {
        let body = Buffer.concat(chunks);
        const headers = { ...answer.headers };
        if (headers['content-type']?.startsWith('application/sdp')) {
          body = Buffer.from(rewrite(body.toString(), incoming.url));
        }
        delete headers['transfer-encoding'];
        if (answer.statusCode !== 204 && answer.statusCode !== 304 && incoming.method !== 'HEAD') {
          headers['content-length'] = body.length;
        }
        reply.writeHead(answer.statusCode, headers);
        reply.end(body);
      });
    });
    outgoing.on('error', (error) => {
      reply.writeHead(502);
      reply.end(String(error));
    });
    incoming.pipe(outgoing);
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.on('upgrade', (incoming, socket, head) => {
    const { hostname, port } = target();
    const upstream = connect(port, hostname.replace(/[[\]]/g, ''), () => {
      const lines = [`${incoming.method} ${incoming.url} HTTP/1.1`];
      for (let i = 0; i < incoming.rawHeaders.length; i += 2) {
        lines.push(`${incoming.rawHeaders[i]}: ${incoming.rawHeaders[i + 1]}`);
      }
      upstream.write(`${lines.join('\r\n')}\r\n\r\n`);
      upstream.write(head);
      upstream.pipe(socket);
      socket.pipe(upstream);
    });
    upstream.on('error', () => socket.destroy());
    socket.on('error', () => upstream.destroy());
    socket.on('close', () => upstream.destroy());
  });
  await new Promise((resolve) => server.listen(0, host, resolve));
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${server.address().port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(resolve);
        for (const socket of sockets) {
          socket.destroy();
        }
      }),
  };
}
