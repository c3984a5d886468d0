import { describe, expect, it } from '@jest/globals';
import { aRoom } from '../../test/support/a-room.ts';
import { type ErrorCode, ServiceError } from '../errors.ts';
import type { Rooms } from '../rooms/index.ts';
import { createPresence } from './presence.ts';

const connection = { door: 'livekit', id: 'PA_1', roomId: 'a-room', userId: 'alice' };

/** Rooms that hold one seat or none, remember one participant or none, and say what they were asked. */
function roomsWith(options: {
  seated?: boolean;
  known?: boolean;
  refusal?: ErrorCode;
  joinRefusal?: ErrorCode;
  leftReason?: string;
}) {
  const asked: string[] = [];
  let seated = options.seated ?? false;
  const refuse = (code: ErrorCode) => Promise.reject(new ServiceError(code, code));
  const rooms = {
    async connected(_room: string, userId: string, id: string) {
      asked.push(`connected ${userId} ${id}`);
      if (options.refusal) return refuse(options.refusal);
      return seated ? aRoom() : refuse('NO_SEAT');
    },
    async record(_room: string, userId: string) {
      asked.push(`record ${userId}`);
      return options.known ? { name: 'Alice', leftReason: options.leftReason ?? 'lapsed' } : null;
    },
    async join(_room: string, user: { id: string; name: string }) {
      asked.push(`join ${user.id} as ${user.name}`);
      if (options.joinRefusal) return refuse(options.joinRefusal);
      seated = true;
      return { room: aRoom() };
    },
    async disconnected() {
      return options.refusal ? refuse(options.refusal) : aRoom();
    },
    async doorClosed() {
      return options.refusal ? refuse(options.refusal) : aRoom();
    },
  };
  return { asked, presence: createPresence({ rooms: rooms as unknown as Rooms }) };
}

describe('someone who turns up', () => {
  it('with a seat is connected, in one step, and the answer is the room as it was written', async () => {
    const { asked, presence } = roomsWith({ seated: true });
    expect(await presence.arrived(connection)).toEqual({ admitted: true, room: aRoom() });
    expect(asked).toEqual(['connected alice livekit:PA_1']);
  });

  it('whose seat lapsed takes one anew, under the name they had', async () => {
    const { asked, presence } = roomsWith({ known: true });
    expect(await presence.arrived(connection)).toEqual({ admitted: true, room: aRoom() });
    expect(asked.slice(1)).toEqual(['record alice', 'join alice as Alice', 'connected alice livekit:PA_1']);
  });

  it('whose seat lapsed is refused when the room is full by now', async () => {
    const { presence } = roomsWith({ known: true, joinRefusal: 'ROOM_FULL' });
    expect(await presence.arrived(connection)).toEqual({ admitted: false, code: 'ROOM_FULL' });
  });

  it.each(['left', 'kicked', null])(
    'after they had left (%s) is refused, and takes no seat',
    async (leftReason) => {
      const { asked, presence } = roomsWith({ known: true, leftReason: leftReason ?? 'none' });
      expect(await presence.arrived(connection)).toEqual({ admitted: false, code: 'NO_SEAT' });
      expect(asked).not.toContainEqual(expect.stringContaining('join'));
    },
  );

  it('and was never admitted is refused, and takes no seat', async () => {
    const { asked, presence } = roomsWith({});
    expect(await presence.arrived(connection)).toEqual({ admitted: false, code: 'NO_SEAT' });
    expect(asked).not.toContainEqual(expect.stringContaining('join'));
  });

  it.each<ErrorCode>(['KICKED', 'ROOM_ENDED', 'ROOM_NOT_FOUND', 'NOT_INVITED'])(
    'is refused when admission says %s, whatever they were before',
    async (refusal) => {
      const { asked, presence } = roomsWith({ seated: true, known: true, refusal });
      expect(await presence.arrived(connection)).toEqual({ admitted: false, code: refusal });
      expect(asked).toHaveLength(1);
    },
  );

  it('is neither in nor out while the store does not answer', async () => {
    const { presence } = roomsWith({ refusal: 'STORE_UNAVAILABLE' });
    await expect(presence.arrived(connection)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  });
});

describe('someone who goes', () => {
  it('from a room that is none of ours changes nothing', async () => {
    const { presence } = roomsWith({ refusal: 'ROOM_NOT_FOUND' });
    await expect(presence.departed(connection)).resolves.toBeUndefined();
    await expect(presence.doorClosed('theirs', 'livekit')).resolves.toBeUndefined();
  });

  it('while the store does not answer is not forgotten: the door hears of it', async () => {
    const { presence } = roomsWith({ refusal: 'STORE_UNAVAILABLE' });
    await expect(presence.departed(connection)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  });
});
