import { describe, expect, it } from '@jest/globals';
import { type EventName, inRoom, LOBBY, MAX_CHAT, memberOf, payloads } from './protocol.ts';

const long = (length: number): string => 'x'.repeat(length);
/** A browser's, as `JSON.stringify` has it. */
const candidate = {
  candidate: 'candidate:1 1 UDP 2122252543 192.0.2.1 50000 typ host',
  sdpMid: '0',
  sdpMLineIndex: 0,
  usernameFragment: 'abcd',
};

describe('what a client may say', () => {
  it.each<[EventName, unknown]>([
    ['room:join', { roomId: 'b6a3a3a0-0000-4000-8000-000000000000' }],
    ['room:join', { roomId: long(100) }],
    ['room:leave', { roomId: 'a_room-1' }],
    ['chat:message', { message: 'Hello' }],
    ['chat:message', { message: ' \n Xin chào 👋 ' }],
    ['chat:message', { message: long(MAX_CHAT) }],
    ['webrtc:offer', { sdp: 'v=0', targetUserId: 'guest' }],
    ['webrtc:answer', { sdp: { type: 'answer', sdp: long(60_000) }, targetUserId: 'guest' }],
    ['webrtc:ice-candidate', { candidate, targetUserId: 'guest' }],
    ['webrtc:ice-candidate', { candidate: null, targetUserId: 'guest' }],
    ['webrtc:ice-candidate', { candidate: '', targetUserId: 'guest' }],
    ['webrtc:ice-candidate', { candidate: { sdpMid: '0' }, targetUserId: 'guest' }],
    ['webrtc:ice-candidate', { candidate: {}, targetUserId: 'guest' }],
    [
      'webrtc:ice-candidate',
      {
        candidate: { candidate: '', sdpMid: null, sdpMLineIndex: null, usernameFragment: null },
        targetUserId: 'a',
      },
    ],
    ['media:toggle-mic', { isMuted: true }],
    ['media:toggle-video', { isVideoOff: false }],
    ['hand:raise', undefined],
    ['hand:raise', {}],
    ['hand:lower', undefined],
    ['auth:renew', { token: 'a.b.c' }],
  ])('%s %j, which is taken as it was said', (name, said) => {
    expect(payloads[name].parse(said)).toEqual(said);
  });

  it.each<[EventName, unknown, path: string]>([
    ['room:join', undefined, ''],
    ['room:join', null, ''],
    ['room:join', 'a-room', ''],
    ['room:join', ['a-room'], ''],
    ['room:join', {}, 'roomId'],
    ['room:join', { roomId: '' }, 'roomId'],
    ['room:join', { roomId: 7 }, 'roomId'],
    ['room:join', { roomId: { $gt: '' } }, 'roomId'],
    ['room:join', { roomId: 'a room' }, 'roomId'],
    ['room:join', { roomId: 'a-room\n' }, 'roomId'],
    ['room:join', { roomId: 'in-room:another' }, 'roomId'],
    ['room:join', { roomId: long(101) }, 'roomId'],
    ['room:leave', { roomId: '../a-room' }, 'roomId'],
    ['chat:message', {}, 'message'],
    ['chat:message', { message: '' }, 'message'],
    ['chat:message', { message: ' \t\n ' }, 'message'],
    ['chat:message', { message: long(MAX_CHAT + 1) }, 'message'],
    ['chat:message', { message: ['Hello'] }, 'message'],
    ['chat:message', { message: { text: 'Hello' } }, 'message'],
    ['webrtc:offer', { sdp: 'v=0' }, 'targetUserId'],
    ['webrtc:offer', { sdp: '', targetUserId: 'guest' }, 'sdp'],
    ['webrtc:offer', { sdp: long(60_001), targetUserId: 'guest' }, 'sdp'],
    ['webrtc:offer', { sdp: { type: 'offer', sdp: long(60_001) }, targetUserId: 'guest' }, 'sdp'],
    ['webrtc:offer', { sdp: { type: long(21), sdp: 'v=0' }, targetUserId: 'guest' }, 'sdp'],
    ['webrtc:offer', { sdp: { type: 'offer' }, targetUserId: 'guest' }, 'sdp'],
    ['webrtc:answer', { sdp: 'v=0', targetUserId: '' }, 'targetUserId'],
    ['webrtc:answer', { sdp: 'v=0', targetUserId: ['guest', 'host'] }, 'targetUserId'],
    ['webrtc:answer', { sdp: 'v=0', targetUserId: long(256) }, 'targetUserId'],
    ['webrtc:ice-candidate', { targetUserId: 'guest' }, 'candidate'],
    ['webrtc:ice-candidate', { candidate: long(4_097), targetUserId: 'guest' }, 'candidate'],
    ['webrtc:ice-candidate', { candidate: { candidate: long(4_097) }, targetUserId: 'guest' }, 'candidate'],
    ['webrtc:ice-candidate', { candidate: [], targetUserId: 'guest' }, 'candidate'],
    ['webrtc:ice-candidate', { candidate: 7, targetUserId: 'guest' }, 'candidate'],
    ['webrtc:ice-candidate', { candidate: { sdpMid: long(256) }, targetUserId: 'guest' }, 'candidate'],
    ['webrtc:ice-candidate', { candidate: { sdpMid: 0 }, targetUserId: 'guest' }, 'candidate'],
    ['webrtc:ice-candidate', { candidate: { sdpMLineIndex: -1 }, targetUserId: 'guest' }, 'candidate'],
    ['webrtc:ice-candidate', { candidate: { sdpMLineIndex: 65_536 }, targetUserId: 'guest' }, 'candidate'],
    ['webrtc:ice-candidate', { candidate: { sdpMLineIndex: 0.5 }, targetUserId: 'guest' }, 'candidate'],
    [
      'webrtc:ice-candidate',
      { candidate: { usernameFragment: long(257) }, targetUserId: 'guest' },
      'candidate',
    ],
    ['webrtc:ice-candidate', { candidate: { candidate: null }, targetUserId: 'guest' }, 'candidate'],
    ['media:toggle-mic', {}, 'isMuted'],
    ['media:toggle-mic', { isMuted: 'true' }, 'isMuted'],
    ['media:toggle-mic', { isMuted: 1 }, 'isMuted'],
    ['media:toggle-video', { isMuted: true }, 'isVideoOff'],
    ['hand:raise', 'high', ''],
    ['auth:renew', { token: '' }, 'token'],
    ['auth:renew', { token: long(16_385) }, 'token'],
  ])('not %s %j, and is told the field', (name, said, path) => {
    const parsed = payloads[name].safeParse(said);
    expect(parsed.error?.issues.map((issue) => issue.path.join('.').split('.')[0])).toEqual([path]);
  });

  it('no more than it is asked for: what else it says is not passed on', () => {
    const said = { sdp: { type: 'offer', sdp: 'v=0', evil: 1 }, targetUserId: 'guest', senderUserId: 'host' };
    expect(payloads['webrtc:offer'].parse(said)).toEqual({
      sdp: { type: 'offer', sdp: 'v=0' },
      targetUserId: 'guest',
    });
    expect(payloads['chat:message'].parse({ message: 'Hello', sender: { id: 'host' } })).toEqual({
      message: 'Hello',
    });
    const more = { candidate: { ...candidate, evil: long(50_000), foundation: '1' }, targetUserId: 'guest' };
    expect(payloads['webrtc:ice-candidate'].parse(more)).toEqual({ candidate, targetUserId: 'guest' });
  });

  it.each([
    ['\ud83d', '\ufffd'],
    ['a\udc4bb', 'a\ufffdb'],
    ['\udc4b\ud83d', '\ufffd\ufffd'],
    ['whole \ud83d\udc4b', 'whole 👋'],
  ])('half a character in a chat, %j, which becomes %j: all are told what is kept', (said, kept) => {
    const { message } = payloads['chat:message'].parse({ message: said });
    expect(message).toBe(kept);
    expect(message.isWellFormed()).toBe(true);
  });
});

describe("Socket.IO's rooms", () => {
  it('are told apart, whatever our rooms and users are called', () => {
    const names = [
      LOBBY,
      inRoom(LOBBY),
      inRoom('a'),
      memberOf('a', 'b'),
      memberOf('a', ''),
      inRoom('a:b'),
      memberOf('a', 'b:c'),
    ];
    expect(new Set(names).size).toBe(names.length);
  });
});
