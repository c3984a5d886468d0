import { expect, it, jest } from '@jest/globals';
import { call, newRoom } from '../support/client.ts';
import { newPerson } from '../support/keycloak.ts';
import { openSocket } from '../support/socket.ts';
import { stack } from '../support/stack.ts';
import { runReadyService } from '../support/service-process.ts';
jest.setTimeout(120000);

it('deep', async () => {
  const s = { LIMIT_SOCKET_EVENT: '10000/1s', LOG_LEVEL: 'warn' };
  await using one = await runReadyService({ ...s, INSTANCE_ID: 'deep1' });
  await using two = await runReadyService({ ...s, INSTANCE_ID: 'deep2' });
  const [a, b] = await Promise.all([newPerson('alice'), newPerson('bob')]);
  const room = await newRoom(a.token);
  await using sa = await openSocket(a.token, one.url);
  await using sb = await openSocket(b.token, two.url, {transports:['websocket']});
  await using sc = await openSocket(b.token, one.url, {transports:['websocket']});
  for (const s of [sa, sb, sc]) await s.do('room:join', { roomId: room.id });
  const nest = (n: number, arr: boolean) => arr ? '['.repeat(n) + ']'.repeat(n) : '{"a":'.repeat(n) + '1' + '}'.repeat(n);
  const log: string[] = [];
  for (const arr of [true, false])
  for (let n = 500; n < (arr ? 32000 : 10500); n += arr ? 500 : 250) {
    const text = `{"candidate":{"candidate":"${n}","deep":${nest(n, arr)}},"targetUserId":"${b.id}"}`;
    const id = 100000 + n;
    const acked = new Promise((resolve) => { (sa.socket as any).acks[id] = (x: any) => resolve(JSON.stringify(x)); setTimeout(() => resolve('none'), 2000); });
    (sa.socket as any).io.engine.send(`2${id}["webrtc:ice-candidate",${text}]`);
    const r = await acked;
    await new Promise((r) => setTimeout(r, 60));
    const got = [sb, sc].map((s) => s.heard.filter((h) => h.name === 'webrtc:ice-candidate' && (h.payload as any).candidate.candidate === `${n}`).length);
    log.push(`${arr} ${n} ${r} ${got} ${one.child.exitCode} ${two.child.exitCode} ${sa.cuts} ${sb.cuts} ${sc.cuts}`);
    if (one.child.exitCode !== null || two.child.exitCode !== null) { log.push(one.stderr().slice(0,1500), two.stderr().slice(0,1500)); break; }
  }
  console.log(log.join('\n'));
  console.log(one.stdout().slice(-1500), one.stderr().slice(-1500), two.stdout().slice(-1500), two.stderr().slice(-1500));
});
