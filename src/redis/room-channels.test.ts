import { EventEmitter } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { anEvent, aParticipant, aRoom, minutesAfterNoon, noon, said } from '../../test/support/a-room.ts';
import type { RoomListChange } from '../rooms/index.ts';
import { type RoomEvent, summarise } from '../rooms/index.ts';
import type { RedisLinks } from './connect.ts';
import { createRedisChannels } from './room-channels.ts';

const settled = () => new Promise<void>((resolve) => setTimeout(resolve, 5));

/** Redis' publish and subscribe in memory, with links that can be cut. Its subscriptions live with the link. */
function aRedis() {
  const subscribers = new Set<(channel: string, message: Buffer) => void>();
  const published: { channel: string; message: Buffer }[] = [];
  const send = (channel: string, message: string | Buffer): void => {
    const bytes = Buffer.from(message);
    published.push({ channel, message: bytes });
    for (const subscriber of subscribers) subscriber(channel, bytes);
  };

  function links() {
    const up = { commands: true, subscriber: true };
    /** What the subscriber asked for, which its client asks for again after an interruption. */
    const wanted = new Set<string>();
    /** Answers to `subscribe` that wait for the link, or for `answer`. */
    const waiting: (() => void)[] = [];
    const state = { answers: true };
    const commands = Object.assign(new EventEmitter(), {
      async publish(channel: string, message: string | Buffer) {
        if (!up.commands) throw new Error('Redis is away');
        send(channel, message);
      },
    });
    const subscriber = Object.assign(new EventEmitter(), {
      async subscribe(channel: string) {
        wanted.add(channel);
        if (!up.subscriber || !state.answers)
          await new Promise<void>((resolve) => void waiting.push(resolve));
      },
      async unsubscribe(channel: string) {
        wanted.delete(channel);
      },
    });
    subscribers.add((channel, message) => {
      if (up.subscriber && wanted.has(channel))
        subscriber.emit('messageBuffer', Buffer.from(channel), message);
    });
    const flush = (): void => {
      for (const resolve of waiting.splice(0)) resolve();
    };
    return {
      redis: { commands, subscriber, ready: () => up.commands && up.subscriber } as unknown as RedisLinks,
      wanted,
      cut(...which: ('commands' | 'subscriber')[]) {
        for (const name of which) up[name] = false;
        for (const name of which) ({ commands, subscriber })[name].emit('close');
      },
      back(...which: ('commands' | 'subscriber')[]) {
        for (const name of which) {
          up[name] = true;
          if (name === 'subscriber') flush();
          ({ commands, subscriber })[name].emit('ready');
        }
      },
      holdAnswers() {
        state.answers = false;
      },
      answer() {
        state.answers = true;
        flush();
      },
    };
  }
  return { links, send, published };
}

function anInstance(redis: ReturnType<typeof aRedis>, name: string) {
  const links = redis.links();
  const unheard: unknown[] = [];
  const channels = createRedisChannels(links.redis, name, (error) => unheard.push(error));
  const heard = { events: [] as RoomEvent[], changes: [] as RoomListChange[], missed: [] as Date[] };
  channels.onEvents((events) => heard.events.push(...events));
  channels.onListChange((change) => heard.changes.push(change));
  channels.onMissed((since) => heard.missed.push(since));
  return { ...links, channels, heard, unheard };
}

const change = (action: RoomListChange['action'], more = {}): RoomListChange => ({
  action,
  room: summarise(aRoom(more)),
  seq: 7,
  at: minutesAfterNoon(3),
});

describe('what instances tell each other over Redis', () => {
  it('reaches those that follow the room, and not the one that tells it', async () => {
    const redis = aRedis();
    const [one, two, three] = ['one', 'two', 'three'].map((name) => anInstance(redis, name)) as [
      ReturnType<typeof anInstance>,
      ReturnType<typeof anInstance>,
      ReturnType<typeof anInstance>,
    ];
    one.channels.follow('a-room', () => {});
    two.channels.follow('a-room', () => {});
    three.channels.follow('b-room', () => {});
    one.channels.publishEvents([said(3), said(4)]);
    await settled();
    expect(two.heard.events).toEqual([said(3), said(4)]);
    expect([one.heard.events, three.heard.events]).toEqual([[], []]);
  });

  it.each<[string, RoomEvent]>([
    [
      'dates',
      anEvent('participant.joined', { participant: aParticipant('ann') }, { at: minutesAfterNoon(1) }),
    ],
    [
      'dates within',
      anEvent('participant.left', {
        participant: aParticipant('ann', { joinedAt: minutesAfterNoon(1), leftAt: minutesAfterNoon(2) }),
        reason: 'lapsed',
      }),
    ],
    ['nothing as null', anEvent('participant.kicked', { userId: 'ann', participant: null, by: 'host' })],
    [
      'nothing as null within',
      anEvent('room.ended', { room: summarise(aRoom({ endedAt: noon })), by: null }),
    ],
    [
      'any text',
      anEvent(
        'chat.message',
        { sender: { id: 'ann', name: 'Ánn 👋' }, text: '{"$gt": ""}\u0000\n' },
        { seq: 2 ** 40 },
      ),
    ],
  ])('comes as it was written: %s', async (_what, event) => {
    const redis = aRedis();
    const [one, two] = [anInstance(redis, 'one'), anInstance(redis, 'two')];
    two.channels.follow('a-room', () => {});
    one.channels.publishEvents([event]);
    await settled();
    expect(two.heard.events).toStrictEqual([event]);
    expect(two.heard.events[0]?.at).toBeInstanceOf(Date);
  });

  it('goes out by room: those of several rooms are told apart', async () => {
    const redis = aRedis();
    const [one, two] = [anInstance(redis, 'one'), anInstance(redis, 'two')];
    two.channels.follow('b-room', () => {});
    one.channels.publishEvents([said(3), said(9, 'b-room'), said(4)]);
    await settled();
    expect(two.heard.events).toEqual([said(9, 'b-room')]);
    expect(redis.published.map(({ channel }) => channel)).toEqual([
      'room-events:a-room',
      'room-events:b-room',
    ]);
  });

  it('is not heard any more of a room that is followed no longer', async () => {
    const redis = aRedis();
    const [one, two] = [anInstance(redis, 'one'), anInstance(redis, 'two')];
    two.channels.follow('a-room', () => {});
    two.channels.unfollow('a-room');
    one.channels.publishEvents([said(3)]);
    await settled();
    expect(two.heard.events).toEqual([]);
    expect([...two.wanted]).not.toContain('room-events:a-room');
  });

  it('is lost without a word while Redis is away', async () => {
    const redis = aRedis();
    const one = anInstance(redis, 'one');
    one.cut('commands', 'subscriber');
    one.channels.publishEvents([said(3)]);
    one.channels.publishListChange(change('created'));
    one.channels.follow('a-room', () => {});
    one.channels.unfollow('a-room');
    await settled();
    expect(redis.published).toEqual([]);
  });

  it.each<[string, string]>([
    ['room:created', 'no JSON'],
    ['room:created', '{}'],
    ['room:updated', 'null'],
    ['room-events:a-room', 'no BSON'],
    ['room-events:a-room', ''],
  ])('does no harm when it is none of ours: %s %j', async (channel, message) => {
    const redis = aRedis();
    const one = anInstance(redis, 'one');
    one.channels.follow('a-room', () => {});
    await settled();
    expect(() => redis.send(channel, message)).not.toThrow();
    expect(one.heard).toEqual({ events: [], changes: [], missed: [] });
    expect(one.unheard).toHaveLength(1);
  });
});

describe('what changes in the list of rooms', () => {
  it.each([
    ['created', 'room:created', null],
    ['updated', 'room:updated', null],
    ['ended', 'room:ended', noon],
  ] as const)('reaches every other instance, dates and all: %s', async (action, channel, endedAt) => {
    const redis = aRedis();
    const [one, two] = [anInstance(redis, 'one'), anInstance(redis, 'two')];
    one.channels.publishListChange(change(action, { endedAt }));
    await settled();
    expect(two.heard.changes).toStrictEqual([change(action, { endedAt })]);
    expect(one.heard.changes).toEqual([]);
    expect(redis.published.map((one) => one.channel)).toEqual([channel]);
  });

  it('is JSON, for whoever else wants to listen', async () => {
    const redis = aRedis();
    anInstance(redis, 'one').channels.publishListChange(change('created'));
    expect(JSON.parse(`${redis.published[0]?.message}`)).toMatchObject({
      from: 'one',
      action: 'created',
      room: { id: 'a-room', createdAt: noon.toISOString(), endedAt: null },
    });
  });

  it('holds nothing of a room that only its members may see', () => {
    const redis = aRedis();
    anInstance(redis, 'one').channels.publishListChange(
      change('created', { invited: ['friend'], kicked: ['enemy'] }),
    );
    expect(`${redis.published[0]?.message}`).not.toMatch(/friend|enemy|connections/);
  });
});

describe('who follows a room', () => {
  it('is told once nothing is missed any more', async () => {
    const one = anInstance(aRedis(), 'one');
    let followed = 0;
    one.holdAnswers();
    one.channels.follow('a-room', () => {
      followed += 1;
    });
    await settled();
    expect(followed).toBe(0);
    one.answer();
    await settled();
    expect(followed).toBe(1);
  });

  it('is told again after each interruption, of the one link or the other', async () => {
    const one = anInstance(aRedis(), 'one');
    let followed = 0;
    one.channels.follow('a-room', () => {
      followed += 1;
    });
    await settled();
    for (const link of ['subscriber', 'commands'] as const) {
      const before = followed;
      one.cut(link);
      await settled();
      expect(followed).toBe(before);
      one.back(link);
      await settled();
      expect(followed).toBeGreaterThan(before);
    }
  });

  it('is told after an interruption once its own subscriptions stand, which were asked for before', async () => {
    const one = anInstance(aRedis(), 'one');
    let followed = 0;
    one.channels.follow('a-room', () => {
      followed += 1;
    });
    await settled();
    one.cut('subscriber');
    one.holdAnswers();
    one.back('subscriber');
    await settled();
    expect(followed).toBe(1);
    one.answer();
    await settled();
    expect(followed).toBe(2);
  });

  it('and does so no longer is told nothing more', async () => {
    const one = anInstance(aRedis(), 'one');
    let followed = 0;
    one.channels.follow('a-room', () => {
      followed += 1;
    });
    await settled();
    one.channels.unfollow('a-room');
    one.cut('subscriber');
    one.back('subscriber');
    await settled();
    expect(followed).toBe(1);
  });

  it('while Redis is away is told once it is back', async () => {
    const one = anInstance(aRedis(), 'one');
    let followed = 0;
    one.cut('commands', 'subscriber');
    one.channels.follow('a-room', () => {
      followed += 1;
    });
    await settled();
    expect(followed).toBe(0);
    one.back('commands', 'subscriber');
    await settled();
    expect(followed).toBeGreaterThan(0);
  });
});

describe('an interruption', () => {
  it.each([
    ['commands', 'subscriber'],
    ['subscriber', 'commands'],
  ] as const)(
    'is told once both links are back, with the time at which the first of them went: %s, %s',
    async (first, second) => {
      const one = anInstance(aRedis(), 'one');
      const before = Date.now();
      one.cut(first);
      const after = Date.now();
      await settled();
      one.cut(second);
      one.back(first);
      await settled();
      expect(one.heard.missed).toEqual([]);
      one.back(second);
      await settled();
      expect(one.heard.missed).toHaveLength(1);
      const [since] = one.heard.missed;
      expect(since?.getTime()).toBeGreaterThanOrEqual(before);
      expect(since?.getTime()).toBeLessThanOrEqual(after);
    },
  );

  it.each(['commands', 'subscriber'] as const)('of one link alone is one too: %s', async (link) => {
    const one = anInstance(aRedis(), 'one');
    one.cut(link);
    one.back(link);
    await settled();
    expect(one.heard.missed).toHaveLength(1);
  });

  it('keeps its time while it goes on, and the next has its own', async () => {
    const one = anInstance(aRedis(), 'one');
    one.cut('commands', 'subscriber');
    await settled();
    const since = Date.now();
    // The client tries again, and again in vain.
    one.cut('commands', 'subscriber');
    one.back('commands', 'subscriber');
    await settled();
    expect(one.heard.missed).toHaveLength(1);
    expect(one.heard.missed[0]?.getTime()).toBeLessThan(since);
    one.cut('commands');
    one.back('commands');
    await settled();
    expect(one.heard.missed).toHaveLength(2);
    expect(one.heard.missed[1]?.getTime()).toBeGreaterThanOrEqual(since);
  });

  it('is none when the links come to stand for the first time', async () => {
    const one = anInstance(aRedis(), 'one');
    one.back('commands', 'subscriber');
    await settled();
    expect(one.heard.missed).toEqual([]);
  });

  it('is one when Redis was not there at first', async () => {
    const one = anInstance(aRedis(), 'one');
    one.cut('commands', 'subscriber');
    await settled();
    one.back('subscriber', 'commands');
    await settled();
    expect(one.heard.missed).toHaveLength(1);
  });

  it('after which everything is heard again', async () => {
    const redis = aRedis();
    const [one, two] = [anInstance(redis, 'one'), anInstance(redis, 'two')];
    two.channels.follow('a-room', () => {});
    two.cut('commands', 'subscriber');
    one.channels.publishEvents([said(3)]);
    two.back('commands', 'subscriber');
    await settled();
    one.channels.publishEvents([said(4)]);
    one.channels.publishListChange(change('updated'));
    await settled();
    expect(two.heard.events).toEqual([said(4)]);
    expect(two.heard.changes).toHaveLength(1);
  });
});
