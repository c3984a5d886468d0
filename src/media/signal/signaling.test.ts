import { beforeEach, describe, expect, it } from '@jest/globals';
import { aRoom, aSeat } from '../../../test/support/a-room.ts';
import { anOffer } from '../../../test/support/sdp.ts';
import { ServiceError } from '../../errors.ts';
import type { Published } from '../../livekit/index.ts';
import { participantIn, type Room } from '../../rooms/index.ts';
import type { Peer, Session, Sessions } from './sessions.ts';
import { createSignaling } from './signaling.ts';

const user = { id: 'guest', name: 'Guest' };
const peer: Peer = { roomId: 'a-room', userId: 'guest', peerId: 'phone' };
const asked = { roomId: 'a-room', peerId: 'phone', sdp: anOffer() };
const candidate = { candidate: 'candidate:1 1 udp 2122260223 192.0.2.7 54321 typ host' };

/** What was done, in its order. */
let done: string[];
let room: Room;
let refusal: ServiceError | null;
let present: Published[];
/** On which line LiveKit sends which track. */
let places: Map<string, string>;
/** What LiveKit throws, whatever it is asked. */
let failure: ServiceError | null;
let kept: Map<string, Session>;
let others: number;

beforeEach(() => {
  done = [];
  room = aRoom();
  refusal = failure = null;
  present = [];
  places = new Map();
  kept = new Map();
  others = 0;
});

const seated = async () => {
  if (refusal) throw refusal;
  return { room, participant: participantIn(room, aSeat('guest')) };
};
const told = (what: string) => {
  done.push(what);
  if (failure) throw failure;
};
const sessions: Sessions = {
  async put(session) {
    kept.set(session.peerId, session);
  },
  ofPeer: async ({ peerId }) => kept.get(peerId) ?? null,
  ofUser: async (id, userId) =>
    [...kept.values()].find((one) => one.id === id && one.userId === userId) ?? null,
  countOthers: async () => others,
  async setIce(_id, etag, ice) {
    for (const [key, session] of kept) kept.set(key, { ...session, etag, ice });
  },
  async remove(id) {
    for (const [key, session] of kept) if (session.id === id) kept.delete(key);
  },
  async removeOf() {},
};
const signaling = createSignaling({
  rooms: {
    async joinKeyless() {
      done.push('join');
      return seated();
    },
    seat: seated,
  },
  livekit: {
    published: async () => present,
    async remove(_roomId, identity) {
      done.push(`remove ${identity}`);
    },
  },
  async exchange(_seated, { device, purpose, replaces }) {
    const names = purpose.receives?.map(({ name }) => name);
    told(`offer of ${device} for [${names}]${replaces ? ', anew' : ''}`);
    return { sdp: 'answer', participantId: 'PA_1', resource: '/whip/v1/PA_1', etag: 'etag', places };
  },
  mint: async (_seated, _trace, extras) => ({ token: `token of ${extras?.device}`, expiresAt: new Date() }),
  whip: {
    trickle: async ({ etag }) => told(`trickle to ${etag}`),
    async restart({ fragment }) {
      told('restart');
      return { fragment, etag: 'new-etag' };
    },
    leave: async () => told('leave'),
  },
  sessions,
  newId: () => 'a-session',
  logger: { info: () => {} } as never,
});
const coded = (code: string) => expect.objectContaining({ code });

describe('an offer', () => {
  it('is admitted, taken to LiveKit as a device of its user, and kept', async () => {
    const opened = await signaling.open(user, asked);
    expect(done).toEqual(['join', 'offer of phone for []']);
    expect(opened).toMatchObject({ sdp: 'answer', tracks: [], session: { ...peer, id: 'a-session' } });
    expect(kept.get('phone')).toMatchObject({ etag: 'etag', participantId: 'PA_1', ice: { ufrag: 'ufrag' } });
  });

  it('that is none takes no seat', async () => {
    await expect(signaling.open(user, { ...asked, sdp: 'x' })).rejects.toEqual(coded('INVALID_REQUEST'));
    expect(done).toEqual([]);
  });

  it('asks for tracks by name, and says on which lines they come', async () => {
    const track = { sid: 'TR_1', name: 'voice', source: 'microphone', kind: 'audio' } as const;
    present = [{ identity: 'host', tracks: [track] }];
    places.set('TR_1', '0');
    const subscribe = [{ identity: 'host', tracks: ['microphone'] }];
    const opened = await signaling.open(user, { ...asked, subscribe });
    expect(done).toEqual(['join', 'offer of phone for [voice]']);
    expect(opened.tracks).toEqual([{ mid: '0', identity: 'host', name: 'voice' }]);

    // No line took it; and it is said that the device is in the room already.
    present = [...present, { identity: 'guest~phone', tracks: [] }];
    done = [];
    places.clear();
    await expect(signaling.open(user, { ...asked, subscribe })).rejects.toEqual(coded('INVALID_REQUEST'));
    expect(done).toEqual(['join', 'offer of phone for [voice], anew', 'remove guest~phone']);
  });

  it('for tracks that are not there never reaches LiveKit', async () => {
    const subscribe = [{ identity: 'host', tracks: ['camera'] }];
    await expect(signaling.open(user, { ...asked, subscribe })).rejects.toEqual(coded('NO_SUCH_TRACK'));
    expect(done).toEqual(['join']);
  });

  it('that LiveKit does not answer keeps no session', async () => {
    failure = new ServiceError('LIVEKIT_UNAVAILABLE', '');
    await expect(signaling.open(user, asked)).rejects.toEqual(coded('LIVEKIT_UNAVAILABLE'));
    expect(kept.size).toBe(0);
  });

  it('may come twice, and from a new connection; the next of the same connection is refused', async () => {
    await signaling.open(user, asked);
    await signaling.open(user, asked);
    const again = anOffer({ origin: 'o=- 1 3 IN IP4 127.0.0.1' });
    await expect(signaling.open(user, { ...asked, sdp: again })).rejects.toEqual(coded('CANNOT_RENEGOTIATE'));
    await signaling.open(user, { ...asked, sdp: again.replaceAll('AA:BB', 'CC:DD') });
  });

  it('is refused to one who has many connections in the room already', async () => {
    others = 8;
    await expect(signaling.open(user, asked)).rejects.toEqual(coded('TOO_MANY_PEERS'));
    expect(done).toEqual(['join']);
  });
});

describe('a session', () => {
  it('gets candidates, the last of which LiveKit need not know', async () => {
    await signaling.open(user, asked);
    await signaling.addCandidate(peer, candidate);
    await signaling.addCandidate(peer, { candidate: '' });
    expect(done.slice(2)).toEqual(['trickle to etag']);
    const other = { ...peer, peerId: 'other' };
    await expect(signaling.addCandidate(other, candidate)).rejects.toEqual(coded('NO_SUCH_SESSION'));
  });

  it('that LiveKit no longer has is forgotten', async () => {
    await signaling.open(user, asked);
    failure = new ServiceError('NO_SUCH_SESSION', '');
    await expect(signaling.addCandidate(peer, candidate)).rejects.toEqual(coded('NO_SUCH_SESSION'));
    expect(kept.size).toBe(0);
  });

  it('is patched by who names its ICE session, quoted or not, and restarted by a star', async () => {
    await signaling.open(user, asked);
    const session = { id: 'a-session', roomId: 'a-room' };
    const patch = (ifMatch: string | undefined, fragment = 'a=mid:0') =>
      signaling.patch(user, session, { ifMatch, fragment });
    await expect(patch(undefined)).rejects.toEqual(coded('ETAG_MISSING'));
    await expect(patch('"other"')).rejects.toEqual(coded('ETAG_MISMATCH'));
    expect(await patch('"etag"')).toBeNull();
    expect(await patch('etag')).toBeNull();
    const restarted = await patch('*', 'm=audio 9 x 0\r\na=ice-ufrag:next\r\na=ice-pwd:secret');
    expect(restarted).toMatchObject({ etag: 'new-etag' });
    expect(kept.get('phone')).toMatchObject({ etag: 'new-etag', ice: { ufrag: 'next', mid: '0' } });
    await expect(patch('"etag"')).rejects.toEqual(coded('ETAG_MISMATCH'));
  });

  it('is left by its user alone, in its room', async () => {
    await signaling.open(user, asked);
    const stranger = { id: 'stranger', name: 'S' };
    await expect(signaling.leave(stranger, 'a-session')).rejects.toEqual(coded('NO_SUCH_SESSION'));
    await expect(signaling.leave(user, 'a-session', 'elsewhere')).rejects.toEqual(coded('NO_SUCH_SESSION'));
    await signaling.leave(user, 'a-session');
    expect([done.at(-1), kept.size]).toEqual(['leave', 0]);
  });

  it('of one whom admission refuses by now is forgotten without asking LiveKit', async () => {
    await signaling.open(user, asked);
    refusal = new ServiceError('KICKED', '');
    await expect(signaling.addCandidate(peer, candidate)).rejects.toEqual(coded('KICKED'));
    await signaling.leave(user, 'a-session');
    expect([done.at(-1), kept.size]).toEqual(['offer of phone for []', 0]);
  });

  it('stays when LiveKit could not be told that it is left', async () => {
    await signaling.open(user, asked);
    failure = new ServiceError('LIVEKIT_UNAVAILABLE', '');
    await expect(signaling.leave(user, 'a-session')).rejects.toEqual(coded('LIVEKIT_UNAVAILABLE'));
    expect(kept.size).toBe(1);
  });
});
