import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { rooms } from './rooms.ts';

describe('the address of a question', () => {
  let asked: string[];
  const real = globalThis.fetch;
  beforeEach(() => {
    asked = [];
    globalThis.fetch = async (address, { method } = {}) => {
      asked.push(`${method} ${address}`);
      return Response.json({});
    };
  });
  afterEach(() => {
    globalThis.fetch = real;
  });

  it('says what the lobby looks for, a room without seats too, and nothing else', async () => {
    await rooms.list({}, { limit: 24 });
    await rooms.list(
      { q: 'tea', topic: 'IELTS', language: 'vi', hasSeats: false },
      { limit: 9, cursor: 'c' },
    );
    expect(asked).toEqual([
      'GET /api/realtime/rooms?limit=24',
      'GET /api/realtime/rooms?q=tea&topic=IELTS&language=vi&hasSeats=false&cursor=c&limit=9',
    ]);
  });

  it('stays on its route, whatever a room or a user is called', async () => {
    const [id, userId] = ['../admin', 'f:1/ben?x'];
    await rooms.get(id);
    await rooms.join(id, 't');
    await rooms.leave(id, 't');
    await rooms.kick(id, userId, 't');
    await rooms.forgive(id, userId, 't');
    await rooms.mute(id, userId, 't');
    await rooms.muteAll(id, 't');
    await rooms.handOver(id, userId, 't');
    const [room, user] = ['/api/realtime/rooms/..%2Fadmin', 'f%3A1%2Fben%3Fx'];
    expect(asked).toEqual([
      `GET ${room}`,
      `POST ${room}/join`,
      `POST ${room}/leave`,
      `POST ${room}/kick/${user}`,
      `DELETE ${room}/kick/${user}`,
      `POST ${room}/mute/${user}`,
      `POST ${room}/mute`,
      `POST ${room}/host/${user}`,
    ]);
  });

  it('of what was said leads on by the cursor', async () => {
    await rooms.chat('a', 't');
    await rooms.chat('a', 't', 'b+c');
    expect(asked).toEqual(['GET /api/realtime/rooms/a/chat', 'GET /api/realtime/rooms/a/chat?cursor=b%2Bc']);
  });
});
