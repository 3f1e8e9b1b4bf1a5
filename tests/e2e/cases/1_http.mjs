// Status codes and headers of API.md, right and wrong requests alike.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import WebSocket from 'ws';
import { TANDEM } from '../lib/relay.mjs';
import { until, within } from '../lib/wait.mjs';

const OFFERS = new URL('../../vectors/offers/', import.meta.url);
const offer = (name) => readFile(new URL(`${name}.sdp`, OFFERS), 'utf8');
const SDP = { 'Content-Type': 'application/sdp' };
const FRAGMENT = { 'Content-Type': 'application/trickle-ice-sdpfrag' };

const post = (url, body, headers = SDP) => fetch(url, { method: 'POST', headers, body });

async function join(t, path, body) {
  const reply = await post(t.url(path), body);
  assert.equal(reply.status, 201, await reply.clone().text());
  const session = new URL(reply.headers.get('location'), reply.url).href;
  t.after(() => fetch(session, { method: 'DELETE' }).catch(() => {}));
  return { reply, session, answer: await reply.text() };
}

/** An error is a problem document (RFC 9457) with a sentence in it. */
async function refused(reply, ...statuses) {
  const text = await reply.text();
  assert.ok(statuses.includes(reply.status), `status ${reply.status}, wanted ${statuses.join(' or ')}: ${text}`);
  assert.match(reply.headers.get('content-type') ?? '', /^application\/problem\+json/);
  const problem = JSON.parse(text);
  assert.ok((problem.detail ?? problem.title ?? '').length > 8, text);
  return problem;
}

export default ({ test }) => {
  test('http: join gives 201, Location, quoted ETag and all candidates', [], async (t) => {
    const { reply, session, answer } = await join(t, `/call/${t.room}`, await offer('chromium-156.0.8078.79-sendrecv'));
    assert.equal(reply.headers.get('content-type'), 'application/sdp');
    assert.match(reply.headers.get('etag'), /^"[^"]+"$/);
    assert.match(new URL(session).pathname, new RegExp(`^/call/${t.room}/[^/]+$`));
    assert.match(answer, /^v=0\r\n/);
    assert.match(answer, /^a=ice-lite\r$/m);
    assert.match(answer, /^a=setup:passive\r$/m);
    assert.match(answer, /^a=candidate:\S+ 1 udp /im);
    assert.match(answer, /^a=candidate:\S+ 1 tcp .* tcptype passive/im);
    assert.ok(!/^a=candidate:.* 127\.0\.0\.1 /m.test(answer) || /^a=candidate:.* (?!127\.|::1 )\S+ \d+ typ host/m.test(answer));
  });

  test('http: every recorded offer gets an answer', [], async (t) => {
    const names = await within(5000, 'list', import('node:fs/promises').then((fs) => fs.readdir(OFFERS)));
    for (const name of names.filter((n) => n.endsWith('.sdp'))) {
      const { answer } = await join(t, `/call/${t.room}-${names.indexOf(name)}`, await offer(name.slice(0, -4)));
      const kinds = (sdp) => [...sdp.matchAll(/^m=(\w+)/gm)].map(([, kind]) => kind).join(' ');
      assert.equal(kinds(answer), kinds(await offer(name.slice(0, -4))), name);
    }
  });

  test('http: leave gives 200, then 404', [], async (t) => {
    const { session } = await join(t, `/call/${t.room}`, await offer('firefox-153.7.0-sendrecv'));
    assert.equal((await fetch(t.url(`/call/${t.room}`))).status, 200);
    assert.equal((await fetch(session, { method: 'DELETE' })).status, 200);
    assert.equal((await fetch(session, { method: 'DELETE' })).status, 404);
  });

  test('http: roster is JSON', [], async (t) => {
    await join(t, `/call/${t.room}?name=Ann`, await offer('firefox-153.7.0-sendrecv'));
    const reply = await fetch(t.url(`/call/${t.room}`));
    assert.match(reply.headers.get('content-type'), /json/);
    assert.match(JSON.stringify(await reply.json()), /"name":"Ann"/);
    assert.equal((await fetch(t.url('/call/nobody-is-here'))).status, 404);
  });

  test('http: WHIP and WHEP take only their own direction', [], async (t) => {
    const publish = await offer('chromium-156.0.8078.79-publish');
    const subscribe = await offer('chromium-156.0.8078.79-subscribe');
    const whip = await join(t, `/whip/${t.room}`, publish);
    assert.match(whip.answer, /^a=recvonly\r$/m);
    assert.doesNotMatch(whip.answer, /^a=send/m);
    const whep = await join(t, `/whep/${t.room}`, subscribe);
    assert.match(whep.answer, /^a=sendonly\r$/m);
    assert.doesNotMatch(whep.answer, /^a=(sendrecv|recvonly)/m);
    await refused(await post(t.url(`/whip/${t.room}-2`), subscribe), 400, 406, 422);
    await refused(await post(t.url(`/whep/${t.room}-2`), publish), 400, 406, 422);
  });

  test('http: trickle and restart by PATCH keep the If-Match rules', [], async (t) => {
    const sdp = await offer('chromium-156.0.8078.79-publish');
    const { session, reply } = await join(t, `/whip/${t.room}`, sdp);
    const etag = reply.headers.get('etag');
    const [ufrag, pwd] = [/^a=ice-ufrag:.*\r\n/m.exec(sdp)[0], /^a=ice-pwd:.*\r\n/m.exec(sdp)[0]];
    const fragment = `${ufrag}${pwd}m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\na=candidate:1 1 udp 1 192.0.2.9 5000 typ host\r\n`;
    const renewed = fragment.replace(ufrag, 'a=ice-ufrag:Nxtu\r\n').replace(pwd, 'a=ice-pwd:Q3vYro0UCOQ4zxjKXaWCBui1\r\n');
    const patch = (headers, body = fragment) => fetch(session, { method: 'PATCH', headers: { ...FRAGMENT, ...headers }, body });
    await refused(await patch({}), 428);
    await refused(await patch({ 'If-Match': '"not-this-one"' }), 412);
    const trickled = await patch({ 'If-Match': etag });
    assert.equal(trickled.status, 204);
    const restarted = await patch({ 'If-Match': '*' }, renewed);
    assert.equal(restarted.status, 200, await restarted.clone().text());
    assert.notEqual(restarted.headers.get('etag'), etag);
    assert.match(await restarted.text(), /a=ice-ufrag:\S+[\s\S]*a=ice-pwd:\S+/);
    await refused(await patch({ 'If-Match': etag }), 412);
    await refused(await fetch(session, { method: 'PATCH', headers: { 'Content-Type': 'text/plain' }, body: 'x' }), 415);
  });

  test('http: CORS preflight and exposed headers', [], async (t) => {
    const asked = { Origin: 'http://example.org', 'Access-Control-Request-Method': 'POST', 'Access-Control-Request-Headers': 'content-type' };
    for (const path of [`/call/${t.room}`, `/whip/${t.room}`, `/whep/${t.room}`]) {
      const reply = await fetch(t.url(path), { method: 'OPTIONS', headers: asked });
      assert.ok([200, 204].includes(reply.status), `${reply.status}`);
      assert.ok(['*', 'http://example.org'].includes(reply.headers.get('access-control-allow-origin')));
      assert.match(reply.headers.get('access-control-allow-methods'), /POST/);
      assert.match(reply.headers.get('accept-post') ?? '', /application\/sdp/);
    }
    const joined = await post(t.url(`/call/${t.room}`), await offer('chromium-156.0.8078.79-sendrecv'), { ...SDP, Origin: 'http://example.org' });
    const session = new URL(joined.headers.get('location'), joined.url).href;
    t.after(() => fetch(session, { method: 'DELETE' }));
    assert.match(joined.headers.get('access-control-expose-headers') ?? '', /location/i);
    assert.match(joined.headers.get('access-control-expose-headers') ?? '', /etag/i);
  });

  test('http: bad rooms, methods, types and bodies', [], async (t) => {
    const good = await offer('chromium-156.0.8078.79-sendrecv');
    await refused(await post(t.url('/call/no%20blanks'), good), 404);
    await refused(await post(t.url(`/call/${'x'.repeat(65)}`), good), 404);
    await refused(await post(t.url('/call/'), good), 404);
    await refused(await post(t.url('/nowhere'), good), 404, 405);
    await refused(await fetch(t.url(`/call/${t.room}`), { method: 'PUT', headers: SDP, body: good }), 405);
    await refused(await post(t.url(`/call/${t.room}`), good, { 'Content-Type': 'text/plain' }), 415);
    await refused(await post(t.url(`/call/${t.room}`), `${good}${'a=x\r\n'.repeat(60000)}`), 413);
    await refused(await fetch(t.url(`/call/${t.room}/unknown`), { method: 'DELETE' }), 404);
    await refused(await fetch(t.url(`/call/${t.room}/unknown`), { method: 'PATCH', headers: { ...FRAGMENT, 'If-Match': '*' }, body: 'a=x' }), 404);
  });

  test('http: malformed offers are refused with the place', [], async (t) => {
    const url = t.url(`/call/${t.room}`);
    const good = await offer('chromium-156.0.8078.79-sendrecv');
    await refused(await post(url, ''), 400);
    await refused(await post(url, 'hello'), 400);
    const problem = await refused(await post(url, good.replace(/^m=audio \d+ /m, 'm=audio 99999999 ')), 400);
    assert.match(JSON.stringify(problem), /\d/, 'the line number');
    await refused(await post(url, good.slice(0, 40)), 400, 406);
    await refused(await post(url, Buffer.from([0, 255, 1, 2, 13, 10])), 400);
    await refused(await post(url, good.replace(/^a=fingerprint:.*\r\n/gm, '')), 406);
    await refused(await post(url, good.replace(/^a=group:BUNDLE.*\r\n/gm, '')), 406);
    await refused(await post(url, good.replace(/^a=rtcp-mux\r\n/gm, '')), 406);
    await refused(await post(url, good.replace(/^a=ice-pwd:.*\r\n/gm, '')), 400, 406);
    const g729 = (await offer('baresip-1.0.0-sendrecv')).replace('opus/48000/2', 'G729/8000');
    await refused(await post(url, g729), 406);
    assert.equal((await fetch(url)).status, 404, 'no participant is left behind');
  });

  test('http: pages and health', [], async (t) => {
    for (const [path, type] of [['/', 'text/html'], [`/r/${t.room}`, 'text/html'], ['/healthz', ''], ['/readyz', ''], ['/metrics', 'text/plain']]) {
      const reply = await fetch(t.url(path));
      assert.equal(reply.status, 200, path);
      assert.ok((reply.headers.get('content-type') ?? '').startsWith(type), `${path}: ${reply.headers.get('content-type')}`);
      assert.ok((await reply.text()).length > 0 || type === '', path);
    }
  });

  test('http: SIGTERM drains, and the relay ends when the last has left', [], async (t) => {
    const relay = await t.ownRelay();
    const sdp = await offer('firefox-153.7.0-sendrecv');
    const joined = await post(`${relay.url}/call/${t.room}`, sdp);
    const session = new URL(joined.headers.get('location'), joined.url).href;
    const socket = new WebSocket(`${session.replace(/^http/, 'ws')}/events`, ['tandem.v1']);
    t.after(() => socket.close());
    const told = new Promise((resolve) => {
      socket.on('message', (text) => JSON.parse(text).type === 'closing' && resolve());
      socket.on('error', () => {});
    });
    await within(3000, 'events', new Promise((resolve) => socket.once('open', resolve)));
    process.kill(relay.pid, 'SIGTERM');
    await within(3000, 'a closing message', told);
    assert.equal((await fetch(`${relay.url}/readyz`)).status, 503);
    const late = await post(`${relay.url}/call/${t.room}`, sdp);
    assert.match(late.headers.get('retry-after') ?? '', /^\d+$/);
    await refused(late, 503);
    assert.equal((await fetch(session, { method: 'DELETE' })).status, 200);
    await until('the relay ends', () => relay.ended(), { timeout: 5000 });
    assert.deepEqual(relay.ended(), { code: 0, signal: null });
  });

  test('http: events WebSocket welcomes, and bad JSON harms nobody', [], async (t) => {
    const { session } = await join(t, `/call/${t.room}?name=Ann`, await offer('firefox-153.7.0-sendrecv'));
    const socket = new WebSocket(`${session.replace(/^http/, 'ws')}/events`, ['tandem.v1']);
    t.after(() => socket.close());
    const messages = [];
    socket.on('message', (text) => messages.push(JSON.parse(text)));
    const next = (type) =>
      within(5000, `a ${type} message (got ${JSON.stringify(messages)})`, (async () => {
        for (;;) {
          const found = messages.findIndex((m) => m.type === type);
          if (found >= 0) {
            return messages.splice(found, 1)[0];
          }
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
      })());
    const welcome = await next('welcome');
    assert.equal(welcome.room, t.room);
    assert.ok(Array.isArray(welcome.participants));
    assert.ok(Array.isArray(welcome.slots));
    for (const bad of ['{', '[]', '{}', '{"type":"no-such"}', '"x"', '{"type":"pin","mid":7}', `{"type":"chat","payload":"${'x'.repeat(5000)}"}`]) {
      socket.send(bad);
      await next('error');
    }
    socket.send(JSON.stringify({ type: 'mute', kind: 'audio', on: true }));
    const other = await join(t, `/call/${t.room}?name=Ben`, await offer('chromium-156.0.8078.79-sendrecv'));
    assert.equal((await next('joined')).participant.name, 'Ben');
    await fetch(other.session, { method: 'DELETE' });
    await next('left');
  });

  test('http: tandem token says what it misses', [], async () => {
    const token = (...args) => {
      const { status, stdout, stderr } = spawnSync(TANDEM, ['token', ...args], { encoding: 'utf8', env: { ...process.env, TANDEM_SECRET: '' } });
      return { status, stdout, stderr };
    };
    const secret = ['--secret', 'a secret of thirty-two characters'];
    const good = token('--room', 'team', '--name', 'Ann', ...secret);
    assert.equal(good.status, 0, good.stderr);
    assert.match(good.stdout, /^[\w-]+\.[\w-]+\.[\w-]+\n$/);
    const refusals = [
      [[], /--room R and --name N/],
      [['--room'], /--room needs a value/],
      [['--room', 'x'.repeat(65)], /--room .*too long/],
      [['--room', 'two words', '--name', 'Ann', ...secret], /no such room.*A-Z/],
      [['--room', 'team', '--name', 'Ann'], /no secret.*TANDEM_SECRET/],
      [['--room', 'team', '--name', 'Ann', '--secret', 'short'], /32 characters/],
    ];
    for (const [args, words] of refusals) {
      const { status, stdout, stderr } = token(...args);
      assert.equal(status, 2, stderr);
      assert.equal(stdout, '');
      assert.match(stderr, words);
    }
  });
};
