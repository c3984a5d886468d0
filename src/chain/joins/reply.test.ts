import { describe, expect, it } from '@jest/globals';
import { aMediaLine, anOffer } from '../../../test/support/sdp.ts';
import { ServiceError } from '../../errors.ts';
import type { Published } from '../../sfu/index.ts';
import { replyOfFailure, replyTo, tracksOf } from './reply.ts';

const published = (...tracks: Published['tracks'][number][]): Published => ({
  session: {
    sfu: 'livekit',
    id: 'a-session',
    owner: {
      room: { id: 'a-room', access: 'public' },
      participant: { userId: 'wallet:0x1', name: '0x1', role: 'PARTICIPANT' },
    },
  },
  answer: 'v=0 answer',
  tracks,
});
const camera = { mid: '0', name: 'camera' };

describe('what the frontend is told', () => {
  it.each(['join-room', 'publish-track'] as const)('of a %s is the session and the answer', (type) => {
    expect(replyTo(type, published(camera))).toEqual({
      sessionID: 'a-session',
      type,
      cloudflareResponse: { answer: 'v=0 answer' },
    });
  });

  it('names all tracks when one of them failed, for the answer does not say it', () => {
    const tracks = [camera, { mid: '1', name: 'screen', fault: 'REFUSED' }] as Published['tracks'];
    expect(replyTo('join-room', published(...tracks))).toMatchObject({ cloudflareResponse: { tracks } });
  });

  it('of a refusal is its code and its words', () => {
    expect(replyOfFailure(new ServiceError('ROOM_FULL', 'This room is full.'))).toEqual({
      type: 'error',
      code: 'ROOM_FULL',
      message: 'This room is full.',
    });
  });

  it.each([new TypeError('secret of Mongo at 10.0.0.7'), 'a text', null])(
    'of what is ours (%s) is no more than that it is',
    (error) => {
      expect(replyOfFailure(error)).toEqual({
        type: 'error',
        code: 'INTERNAL',
        message: 'Something went wrong on our side.',
      });
    },
  );
});

describe('the tracks of an offer', () => {
  const offerOf = (...media: string[]) => anOffer({ media });

  it('have the names of the contract, in the order of the sections that send', () => {
    const offer = offerOf(
      aMediaLine('audio', 'a'),
      aMediaLine('audio', 'b', 'recvonly'),
      aMediaLine('video', 'c', 'inactive'),
      aMediaLine('video', 'd', 'sendonly'),
      aMediaLine('video', 'e').replace('m=video 9 ', 'm=video 0 '),
    );
    expect(tracksOf(offer, ['voice', 'camera'])).toEqual([
      { mid: 'a', name: 'voice' },
      { mid: 'd', name: 'camera' },
    ]);
  });

  it('that the contract does not name are named after their place', () => {
    const offer = offerOf(aMediaLine('audio', '0'), aMediaLine('video', '1'));
    expect(tracksOf(offer, ['voice'])).toEqual([
      { mid: '0', name: 'voice' },
      { mid: '1', name: 'track-1' },
    ]);
    expect(tracksOf(offer, [])).toEqual([
      { mid: '0', name: 'track-0' },
      { mid: '1', name: 'track-1' },
    ]);
  });

  it('have names of their own, even when the contract names one as another would be', () => {
    const offer = offerOf(aMediaLine('audio', '0'), aMediaLine('video', '1'));
    const names = tracksOf(offer, ['track-1']).map(({ name }) => name);
    expect(names[0]).toBe('track-1');
    expect(new Set(names).size).toBe(2);
  });

  it.each([
    ['one section', offerOf(aMediaLine('audio', '0')), ['voice', 'camera']],
    ['none that sends', offerOf(aMediaLine('audio', '0', 'recvonly')), ['voice']],
    ['none at all', offerOf(), ['voice']],
    ['one that has no place', offerOf(aMediaLine('audio', '0').replace('a=mid:0\r\n', '')), ['voice']],
  ])('are refused when the contract names more than there are: %s', (_, offer, names) => {
    expect(() => tracksOf(offer, names)).toThrow(expect.objectContaining({ code: 'SFU_REFUSED' }));
  });

  it('may be none, when none is named', () => {
    expect(tracksOf(offerOf(), [])).toEqual([]);
    expect(tracksOf('', [])).toEqual([]);
  });

  it('are 64 at most', () => {
    const sections = (count: number) =>
      Array.from({ length: count }, (_, index) => aMediaLine('audio', `${index}`));
    expect(tracksOf(offerOf(...sections(64)), [])).toHaveLength(64);
    expect(() => tracksOf(offerOf(...sections(65)), [])).toThrow(
      expect.objectContaining({ code: 'SFU_REFUSED' }),
    );
  });
});
