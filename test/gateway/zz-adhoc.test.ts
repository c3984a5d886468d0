import { request } from 'node:http';
import { it } from '@jest/globals';
import { startGateway } from './start-gateway.ts';
import { startSocketIoInstance } from './socket-io-instance.ts';
it('x', async () => {
  await using a = await startSocketIoInstance('a');
  await using g = await startGateway([a.port]);
  const { port } = new URL(g.url);
  const ask = (method: string, path: string, headers: Record<string,string> = {}, body?: string) => new Promise<string>((resolve) => {
    const r = request({ host: '127.0.0.1', port, path, method, headers, agent: false }).end(body);
    const t = setTimeout(() => { r.destroy(); resolve('timeout'); }, 4000);
    const done = (s: string) => { clearTimeout(t); resolve(s); };
    r.once('response', (x) => { let b=''; x.on('data', (c)=>b+=c); x.on('error',(e)=>done('resp error '+e.message)); x.on('end', () => done(`${x.statusCode} ${b.slice(0,200)}`)); });
    r.once('upgrade', (x, s) => { s.destroy(); done(`up ${x.statusCode}`); });
    r.once('error', (e) => done('error ' + e.message));
  });
  const up = { Connection: 'Upgrade', Upgrade: 'websocket', 'Sec-WebSocket-Version': '13', 'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==' };
  const P='/socket.io/?EIO=4&transport=';
  const out: string[] = [];
  const sid = async () => JSON.parse((await ask('GET', P+'polling')).replace(/^\d+ 0/, '')).sid as string;
  const cases: [string, () => Promise<string>][] = [
    ['ws ok', () => ask('GET', P+'websocket', up)],
    ['ws bad sid', () => ask('GET', P+'websocket&sid=abc', up)],
    ['ws post', () => ask('POST', P+'websocket', up)],
    ['ws post body', () => ask('POST', P+'websocket', up, 'xxxx')],
    ['upgrade foo', () => ask('GET', P+'websocket', { ...up, Upgrade: 'foo' })],
    ['upgrade h2c', () => ask('GET', P+'websocket', { ...up, Upgrade: 'h2c' })],
    ['upgrade polling', () => ask('GET', P+'polling', up)],
    ['upgrade bogus transport', () => ask('GET', P+'bogus', up)],
    ['upgrade webtransport', () => ask('GET', P+'webtransport', up)],
    ['upgrade __proto__', () => ask('GET', P+'__proto__', up)],
    ['no EIO', () => ask('GET', '/socket.io/', up)],
    ['EIO 3', () => ask('GET', '/socket.io/?EIO=3&transport=websocket', up)],
    ['no key', () => ask('GET', P+'websocket', { Connection: 'Upgrade', Upgrade: 'websocket', 'Sec-WebSocket-Version': '13' })],
    ['bad version', () => ask('GET', P+'websocket', { ...up, 'Sec-WebSocket-Version': '99' })],
    ['ext garbage', () => ask('GET', P+'websocket', { ...up, 'Sec-WebSocket-Extensions': ';;;===' })],
    ['proto garbage', () => ask('GET', P+'websocket', { ...up, 'Sec-WebSocket-Protocol': ',,' })],
    ['sub path', () => ask('GET', '/socket.io/foo/bar?EIO=4&transport=websocket', up)],
    ['dots', () => ask('GET', '/socket.io/../x?EIO=4&transport=websocket', up)],
    ['poll sid ws twice', async () => { const s = await sid(); await ask('GET', P+'websocket&sid='+s, up); return ask('GET', P+'websocket&sid='+s, up); }],
    ['poll sid upgrade polling', async () => ask('GET', P+'polling&sid='+await sid(), up)],
    ['PUT', async () => ask('PUT', P+'polling&sid='+await sid(), {}, 'x')],
    ['garbage', async () => ask('POST', P+'polling&sid='+await sid(), {}, '\u0000zzz')],
    ['2MB', async () => ask('POST', P+'polling&sid='+await sid(), {}, 'x'.repeat(2e6))],
    ['2MB chunked', async () => ask('POST', P+'polling&sid='+await sid(), {'Transfer-Encoding':'chunked'}, 'x'.repeat(2e6))],
    ['9MB chunked', async () => ask('POST', P+'polling&sid='+await sid(), {'Transfer-Encoding':'chunked'}, 'x'.repeat(9e6))],
    ['9MB', async () => ask('POST', P+'polling&sid='+await sid(), {}, 'x'.repeat(9e6))],
    ['11MB', async () => ask('POST', P+'polling&sid='+await sid(), {}, 'x'.repeat(11e6))],
    ['11MB chunked', async () => ask('POST', P+'polling&sid='+await sid(), {'Transfer-Encoding':'chunked'}, 'x'.repeat(11e6))],
    ['binary', async () => ask('POST', P+'polling&sid='+await sid(), {'Content-Type':'application/octet-stream'}, 'x')],
    ['overlap', async () => { const s = await sid(); const x = ask('GET', P+'polling&sid='+s); const y = await ask('GET', P+'polling&sid='+s); return `${await x} / ${y}`; }],
    ['overlap post', async () => { const s = await sid(); const x = ask('POST', P+'polling&sid='+s, {}, '2'); const y = await ask('POST', P+'polling&sid='+s, {}, '2'); return `${await x} / ${y}`; }],
    ['close', async () => { const s = await sid(); const x = ask('GET', P+'polling&sid='+s); const y = await ask('POST', P+'polling&sid='+s, {}, '1'); return `${await x} / ${y}`; }],
    ['long sid', async () => ask('GET', P+'polling&sid='+'a'.repeat(17000))],
    ['big header', async () => ask('GET', '/api', { 'X-B': 'a'.repeat(17000) })],
    ['big header ws', async () => ask('GET', P+'websocket', { ...up, 'X-B': 'a'.repeat(17000) })],
    ['expect', async () => ask('POST', '/api', { Expect: '100-continue' }, 'abc')],
    ['expect odd', async () => ask('POST', '/api', { Expect: 'foo' }, 'abc')],
    ['te trailers', async () => ask('POST', '/api', { 'Transfer-Encoding': 'chunked', Trailer: 'X-Gateway-Upstream' }, 'abc')],
  ];
  for (const [name, run] of cases) {
    const began = performance.now();
    const said = await run();
    const took = Math.round(performance.now() - began);
    const after = await ask('GET', '/api/x');
    out.push(`${name.padEnd(26)} ${took} ms  ${said.slice(0,90)}   => after: ${after}`);
    if (!after.startsWith('200')) await new Promise((r) => setTimeout(r, 2500));
  }
  console.log(out.join('\n'));
}, 120000);
