import { beforeEach, describe, expect, it } from '@jest/globals';
import { anAnswer } from '../../test/support/sdp.ts';
import { ServiceError } from '../errors.ts';
import { createExchange, type WantedTrack } from './exchange.ts';
import type { Admitted } from './mint.ts';

const owner: Admitted = {
  room: { id: 'a-room', access: 'public' },
  participant: { userId: 'guest', name: 'Guest', role: 'PARTICIPANT' },
};
const asked = { device: 'phone', sdp: 'an offer' };
const aTrack = (sid: string, name = sid): WantedTrack => ({ identity: 'host', sid, name, kind: 'video' });

/** What was done, in its order. */
let done: string[];
/** LiveKit's answers, in their order; the last one stays. */
let answers: string[];
/** How long LiveKit was given before each sending. */
let settled: number[];
let failure: ServiceError | null;

beforeEach(() => {
  done = [];
  answers = [anAnswer([])];
  settled = [];
  failure = null;
});

const exchange = createExchange({
  livekit: {
    async remove(roomId, identity) {
      done.push(`remove ${identity} from ${roomId}`);
    },
    async sendTracks(_room, { identity, publishes }, sids, { settle }) {
      settled.push(settle);
      done.push(`send ${sids} to ${identity}, which ${publishes ? 'publishes' : 'does not publish'}`);
    },
  },
  async mint(_owner, _trace, { device, may, attributes } = {}) {
    const rights = `${may?.publish ? 'publish' : ''}${may?.subscribe ? 'subscribe' : ''}`;
    return { token: `${device} may [${rights}]${JSON.stringify(attributes ?? {})}`, expiresAt: new Date() };
  },
  whip: {
    async offer({ token, sdp, subscribe = [] }) {
      const waitsFor = subscribe.map(({ identity, tracks }) => `${tracks} of ${identity}`);
      done.push(`offer ${sdp}, ${token}, [${waitsFor}]`);
      if (failure) throw failure;
      const answer = (answers.length > 1 ? answers.shift() : answers[0]) ?? '';
      return { sdp: answer, participantId: 'PA_1', resource: '/whip/v1/PA_1', etag: 'etag' };
    },
  },
});

describe('an exchange', () => {
  it('to publish gives no other right, and takes attributes along', async () => {
    const purpose = { publishes: true };
    const exchanged = await exchange(owner, { ...asked, purpose, attributes: { of: 'ours' } });
    expect(exchanged).toEqual(
      expect.objectContaining({ sdp: answers[0], participantId: 'PA_1', places: new Map() }),
    );
    expect(done).toEqual(['offer an offer, phone may [publish]{"of":"ours"}, []']);
  });

  it('to receive is sent what it is for, by ids, while LiveKit waits for their names', async () => {
    answers = [anAnswer([null, 'TR_2', 'TR_1'])];
    const receives = [aTrack('TR_1', 'camera'), aTrack('TR_2', 'camera')];
    const { places } = await exchange(owner, { ...asked, purpose: { publishes: false, receives } });
    expect(Object.fromEntries(places)).toEqual({ TR_1: '2', TR_2: '1' });
    expect(done).toEqual([
      'offer an offer, phone may []{}, [camera of host]',
      'send TR_1,TR_2 to guest~phone, which does not publish',
    ]);
  });

  it('removes the former connection of the device first', async () => {
    await exchange(owner, { ...asked, purpose: { publishes: true }, replaces: true });
    expect(done[0]).toBe('remove guest~phone from a-room');
  });

  it('whose answer was overtaken is made again, with more time each; after the third it stays so', async () => {
    const purpose = { publishes: true, receives: [aTrack('TR_1')] };
    const once = [
      'offer an offer, phone may [publish]{}, [TR_1 of host]',
      'send TR_1 to guest~phone, which publishes',
    ];
    const removed = 'remove guest~phone from a-room';
    answers = [anAnswer([null]), anAnswer(['TR_1'])];
    const { places } = await exchange(owner, { ...asked, purpose });
    expect([...places]).toEqual([['TR_1', '0']]);
    expect(done).toEqual([...once, removed, ...once]);

    done = [];
    settled = [];
    answers = [anAnswer([null])];
    expect((await exchange(owner, { ...asked, purpose })).places.size).toBe(0);
    expect(done).toEqual([...once, removed, ...once, removed, ...once]);
    expect(settled).toEqual([...new Set(settled)].toSorted((a, b) => a - b));
  });

  it.each([
    ['carries another', anAnswer(['TR_2'])],
    ['is of another kind', anAnswer([null]).replaceAll('m=video', 'm=audio')],
    ['is refused', anAnswer([null]).replaceAll('m=video 9', 'm=video 0')],
    ['only receives', anAnswer([null]).replaceAll('a=sendrecv', 'a=recvonly')],
  ])('is made once when there is no place for a track, since the line %s', async (_what, answer) => {
    answers = [answer];
    await exchange(owner, { ...asked, purpose: { publishes: false, receives: [aTrack('TR_1')] } });
    expect(done.filter((one) => one.startsWith('offer'))).toHaveLength(1);
  });

  it('that fails leaves nobody in the room', async () => {
    failure = new ServiceError('LIVEKIT_UNAVAILABLE', '');
    const failing = exchange(owner, { ...asked, purpose: { publishes: true } });
    await expect(failing).rejects.toMatchObject({ code: 'LIVEKIT_UNAVAILABLE' });
    expect(done.at(-1)).toBe('remove guest~phone from a-room');
  });
});
