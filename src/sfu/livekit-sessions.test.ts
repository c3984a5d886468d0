import { beforeEach, describe, expect, it } from '@jest/globals';
import { anOffer, audio, video } from '../../test/support/an-offer.ts';
import { type ErrorCode, ServiceError } from '../errors.ts';
import type { Mint, Present } from '../livekit/index.ts';
import { createLiveKitSessions } from './livekit-sessions.ts';
import type { SessionOwner } from './sessions.ts';

const owner: SessionOwner = {
  room: { id: 'a-room', access: 'public' },
  participant: { userId: 'alice', name: 'Alice', role: 'PARTICIPANT' },
  device: 'phone',
};
const request = { offer: anOffer(audio, video), tracks: [{ mid: '0', name: 'voice' }] };
const answer = anOffer(audio, video);

const aTrack = (more: Partial<Present['tracks'][number]> = {}): Present['tracks'][number] => ({
  sid: 'TR_1',
  mid: '0',
  name: 'synthesized-microphone',
  source: 'microphone',
  kind: 'audio',
  ...more,
});
const somebody = (identity: string, more: Partial<Present> = {}): Present => ({
  identity,
  participantId: `PA_${identity}`,
  attributes: {},
  tracks: [aTrack()],
  ...more,
});

/** LiveKit as far as the adapter asks it; what it was asked, in order. */
let present: Present[];
let asked: unknown[];
let refusal: ErrorCode | null;
const sessions = createLiveKitSessions({
  livekit: {
    present: async () => present,
    remove: async (roomId, identity) => void asked.push(['remove', roomId, identity]),
  },
  mint: (async ({ participant }, _trace, extras) => {
    asked.push(['mint', participant.userId, extras]);
    return { token: 'a-token', expiresAt: new Date(0) };
  }) as Mint,
  whip: {
    leave: async ({ resource }) => void asked.push(['leave', resource]),
  },
  exchange: async ({ participant }, { sdp: _, ...exchanged }) => {
    asked.push(['exchange', participant.userId, exchanged]);
    if (refusal) throw new ServiceError(refusal, 'Refused.');
    const places = new Map<string, string>();
    return { sdp: answer, participantId: 'PA_new', resource: '/whip/v1/PA_new', etag: 'x', places };
  },
});

beforeEach(() => {
  present = [];
  asked = [];
  refusal = null;
});

describe('a session in LiveKit', () => {
  it('is the device’s identity, and asks LiveKit nothing', async () => {
    expect(await sessions.createSession(owner)).toEqual({ sfu: 'livekit', id: 'alice~phone', owner });
    expect(asked).toEqual([]);
  });

  it('that publishes may not receive, and takes the names along', async () => {
    const { session } = await sessions.publishTracks(await sessions.createSession(owner), request);
    expect(session.connection).toEqual({ id: 'PA_new', pulled: [] });
    const attributes = { 'sfu.tracks': '{"0":"voice"}' };
    expect(asked).toEqual([
      ['exchange', 'alice', { device: 'phone', purpose: { publishes: true }, attributes }],
    ]);
  });

  it('that receives may not publish, and is sent what it asked for', async () => {
    present = [somebody('bob', { attributes: { 'sfu.tracks': '{"0":"voice"}' } })];
    const { tracks } = await sessions.pullTracks(await sessions.createSession(owner), {
      tracks: [{ from: 'bob', name: 'voice' }],
      offer: anOffer({ kind: 'audio', direction: 'recvonly' }),
    });
    expect(tracks).toEqual([{ from: 'bob', name: 'voice', fault: 'NO_PLACE' }]);
    const { sid, name, kind } = aTrack();
    const purpose = { publishes: false, receives: [{ identity: 'bob', sid, name, kind }] };
    expect(asked).toEqual([['exchange', 'alice', { device: 'phone', purpose }]]);
  });

  it('never asks LiveKit for what is not there, since it would wait without end', async () => {
    present = [somebody('bob')];
    const { tracks, description } = await sessions.pullTracks(await sessions.createSession(owner), {
      tracks: [
        { from: 'bob', name: 'screen' },
        { from: 'carol', name: 'microphone' },
      ],
      offer: anOffer({ kind: 'audio', direction: 'recvonly' }),
    });
    expect(tracks.map(({ fault }) => fault)).toEqual(['NOT_FOUND', 'NOT_FOUND']);
    expect(description).toBeNull();
    expect(asked).toEqual([]);
  });

  it('wants an offer to pull with', async () => {
    const pulling = sessions.pullTracks(await sessions.createSession(owner), {
      tracks: [{ from: 'bob', name: 'voice' }],
    });
    await expect(pulling).rejects.toMatchObject({ code: 'SFU_REFUSED' });
  });

  it.each<[ErrorCode, ErrorCode]>([
    ['LIVEKIT_UNAVAILABLE', 'SFU_UNAVAILABLE'],
    ['INVALID_REQUEST', 'SFU_REFUSED'],
    ['PAYLOAD_TOO_LARGE', 'SFU_REFUSED'],
    ['STORE_UNAVAILABLE', 'STORE_UNAVAILABLE'],
  ])('whose offer fails by %s fails by %s', async (code, seen) => {
    refusal = code;
    const publishing = sessions.publishTracks(await sessions.createSession(owner), request);
    await expect(publishing).rejects.toMatchObject({ code: seen });
  });

  it('of which a later offer took the place is over', async () => {
    const { session } = await sessions.publishTracks(await sessions.createSession(owner), request);
    present = [somebody('alice~phone', { participantId: 'PA_later' })];
    await expect(sessions.getSessionState(session)).rejects.toMatchObject({ code: 'NO_SUCH_SESSION' });
    await sessions.closeTracks(session, 'all');
    expect(asked.some((one) => (one as string[])[0] === 'leave')).toBe(false);
  });

  it('is found and ended although what publishing returned was lost', async () => {
    const created = await sessions.createSession(owner);
    present = [somebody('alice~phone', { attributes: { 'sfu.tracks': '{"0":"voice"}' } })];
    expect(await sessions.getSessionState(created)).toEqual({
      tracks: [{ location: 'local', mid: '0', name: 'voice', active: true }],
    });
    await sessions.closeTracks(created, 'all');
    expect(asked).toEqual([['remove', 'a-room', 'alice~phone']]);
  });
});
