import { beforeAll, describe, expect, it } from '@jest/globals';
import { newRoom } from '../support/client.ts';
import { eventually } from '../support/eventually.ts';
import type { TestSocket } from '../support/socket.ts';
import { asHost, first, opened, type Person, type Place, people, second } from './support.ts';

/** What two browsers tell each other to connect goes to that one person, and to nobody else. */

const EVENTS = ['webrtc:offer', 'webrtc:answer', 'webrtc:ice-candidate'] as const;
type Event = (typeof EVENTS)[number];

let alice: Person;
let bob: Person;
let carol: Person;
beforeAll(async () => {
  [alice, bob, carol] = await people('alice', 'bob', 'carol');
});

const { socketOf, comeIn } = opened();
const roomOf = async (person: Person): Promise<string> => (await newRoom(person.token, {}, first.api)).id;
const knows = (socket: TestSocket, person: Person) =>
  socket.hear('room:user-joined', ({ user }) => (user as { id: string }).id === person.id);

/** What this event is sent with. */
const bodyOf = (name: Event, text: string) =>
  name === 'webrtc:ice-candidate' ? { candidate: text } : { sdp: text };
const send = (socket: TestSocket, name: Event, text: string, { id }: Person) =>
  socket.do(name, { ...bodyOf(name, text), targetUserId: id });
/** Sent to find out whether it arrives, and no part of any story. */
const MARK = 'mark ';
const textOf = ({ sdp, candidate }: Record<string, unknown>): string => String(sdp ?? candidate);
const everything = (socket: TestSocket) => socket.heard.filter(({ name }) => EVENTS.includes(name as Event));
const relayed = (socket: TestSocket) =>
  everything(socket).filter(({ payload }) => !textOf(payload).startsWith(MARK));

/** Sends marks until one is heard: what was on its way before it has been heard as well. */
async function isHeard(sender: TestSocket, ...targets: (readonly [TestSocket, Person])[]): Promise<void> {
  for (const [socket, person] of targets) {
    const mark = `${MARK}${crypto.randomUUID()}`;
    await eventually(async () => {
      await send(sender, 'webrtc:offer', mark, person);
      expect(everything(socket).map(({ payload }) => textOf(payload))).toContain(mark);
    });
  }
}

describe('the relay', () => {
  it.each<[string, Place, Place]>([
    ['the same instance', first, first],
    ['the other instance', first, second],
  ])(
    'reaches every tab of the one person at %s, who is told whom it is from',
    async (_where, here, there) => {
      const roomId = await roomOf(alice);
      const a = await comeIn(roomId, alice, here);
      const tabs = [await comeIn(roomId, bob, there), await comeIn(roomId, bob, there)];
      const c = await comeIn(roomId, carol, there);
      await knows(a, carol);
      const everybody = [...tabs.map((tab) => [tab, bob] as const), [c, carol] as const];
      await isHeard(a, ...everybody);

      for (const name of EVENTS) expect(await send(a, name, `by ${name}`, bob)).toEqual({ ok: true });
      await isHeard(a, ...everybody);
      const told = EVENTS.map((name) => ({
        name,
        payload: { ...bodyOf(name, `by ${name}`), senderUserId: alice.id },
      }));
      for (const tab of tabs) expect(relayed(tab)).toEqual(told);
      expect([relayed(a), relayed(c)]).toEqual([[], []]);
    },
  );

  it('is for those who have joined, to those who are in: NO_SEAT and NO_SUCH_PARTICIPANT', async () => {
    const roomId = await roomOf(alice);
    const [a, b] = [await socketOf(alice, first), await socketOf(bob, first)];
    const askAll = async (target: string) => {
      const answers = EVENTS.map((name) => a.ask(name, { ...bodyOf(name, 'hello'), targetUserId: target }));
      return [...new Set((await Promise.all(answers)).map(({ error }) => error?.code ?? 'ok'))];
    };
    expect(await askAll(bob.id)).toEqual(['NO_SEAT']);
    await a.do('room:join', { roomId });
    for (const target of [bob.id, 'nobody', `${alice.id}:x`, '__proto__', 'constructor', roomId])
      expect(await askAll(target)).toEqual(['NO_SUCH_PARTICIPANT']);

    await b.do('room:join', { roomId });
    await knows(a, bob);
    expect(await askAll(bob.id)).toEqual(['ok']);
    await b.do('room:leave', { roomId });
    await a.hear('room:user-left');
    expect(await askAll(bob.id)).toEqual(['NO_SUCH_PARTICIPANT']);
    await a.do('room:leave', { roomId });
    expect(await askAll(bob.id)).toEqual(['NO_SEAT']);
  });

  it('reaches nobody in another room: not the same user there, not those in it, not the lobby', async () => {
    const [roomId, elsewhere] = await Promise.all([roomOf(alice), roomOf(carol)]);
    const a = await comeIn(roomId, alice, first);
    const b = await comeIn(roomId, bob, second);
    const others = [
      await comeIn(elsewhere, bob, second),
      await comeIn(elsewhere, carol, first),
      await socketOf(bob, first),
      await socketOf(bob, second),
    ];
    await knows(a, bob);
    await isHeard(a, [b, bob]);
    for (const name of EVENTS) await send(a, name, name, bob);
    await isHeard(a, [b, bob]);
    expect(relayed(b).map(({ name }) => name)).toEqual(EVENTS);
    for (const socket of others) {
      await socket.ask('hand:lower');
      expect(relayed(socket)).toEqual([]);
    }
    const refused = await a.ask('webrtc:offer', { sdp: 'x', targetUserId: carol.id });
    expect(refused.error?.code).toBe('NO_SUCH_PARTICIPANT');
  });

  it('keeps the order in which one sends, whatever the kind', async () => {
    const roomId = await roomOf(alice);
    const a = await comeIn(roomId, alice, first);
    const b = await comeIn(roomId, bob, second);
    await knows(a, bob);
    await isHeard(a, [b, bob]);
    const sent = Array.from({ length: 60 }, (_, n) => `${n}`);
    await Promise.all(sent.map((text, n) => send(a, EVENTS[n % 3] ?? 'webrtc:offer', text, bob)));
    await eventually(() => expect(relayed(b)).toHaveLength(60));
    expect(relayed(b).map(({ payload }) => textOf(payload))).toEqual(sent);
  });

  it('brings what browsers have as it is: a description, a candidate, and that there are no more', async () => {
    const roomId = await roomOf(alice);
    const a = await comeIn(roomId, alice, first);
    const b = await comeIn(roomId, bob, second);
    await knows(a, bob);
    await isHeard(a, [b, bob]);
    const sdp = { type: 'offer', sdp: `v=0\r\n${'a=x\r\n'.repeat(8_000)}` };
    const candidate = {
      candidate: 'candidate:1 1 udp 1 192.0.2.1 9 typ host',
      sdpMid: '0',
      sdpMLineIndex: 0,
    };
    const targetUserId = bob.id;
    await a.do('webrtc:offer', { sdp, targetUserId });
    await a.do('webrtc:ice-candidate', { candidate, targetUserId });
    await a.do('webrtc:ice-candidate', { candidate: null, targetUserId });
    await eventually(() => expect(relayed(b)).toHaveLength(3));
    const senderUserId = alice.id;
    expect(relayed(b)).toEqual([
      { name: 'webrtc:offer', payload: { sdp, senderUserId } },
      { name: 'webrtc:ice-candidate', payload: { candidate, senderUserId } },
      { name: 'webrtc:ice-candidate', payload: { candidate: null, senderUserId } },
    ]);
  });

  it.each<[string, Place]>([
    ['the same instance', first],
    ['the other instance', second],
  ])('reaches one who has just come in at %s, from one who greets them at once', async (_where, there) => {
    const greet = async () => {
      const roomId = await roomOf(alice);
      const a = await comeIn(roomId, alice, first);
      const greeted = new Promise((resolve, reject) => {
        a.socket.once('room:user-joined', () =>
          send(a, 'webrtc:offer', 'welcome', bob).then(resolve, reject),
        );
      });
      const b = await comeIn(roomId, bob, there);
      await greeted;
      await b.hear('webrtc:offer');
    };
    // Some at once, so that one's news travels while another's socket comes in; not more than a small store takes.
    for (let round = 0; round < 3; round += 1) {
      const greetings = await Promise.allSettled(Array.from({ length: 5 }, greet));
      expect(greetings.filter(({ status }) => status === 'rejected')).toEqual([]);
    }
  });

  it('does not reach one who was kicked, nor takes what they send', async () => {
    const roomId = await roomOf(alice);
    const a = await comeIn(roomId, alice, first);
    const b = await comeIn(roomId, bob, second);
    await knows(a, bob);
    await asHost('POST', `/rooms/${roomId}/kick/${bob.id}`, alice, first);
    await Promise.all([a, b].map((socket) => socket.hear('room:user-kicked')));
    const refused = await a.ask('webrtc:offer', { sdp: 'x', targetUserId: bob.id });
    expect(refused.error?.code).toBe('NO_SUCH_PARTICIPANT');
    expect((await b.ask('webrtc:offer', { sdp: 'x', targetUserId: alice.id })).error?.code).toBe('NO_SEAT');
    expect([relayed(a), relayed(b)]).toEqual([[], []]);
  });
});
