import { describe, expect, it } from '@jest/globals';
import { AbiCoder, Interface } from 'ethers';
import fc from 'fast-check';
import { ABI, askTracks, forwardCall, readLog, readTracks, revertReason, TOPICS } from './contract.ts';

const contract = new Interface(ABI);
const coder = AbiCoder.defaultAbiCoder();
const KIB = 1_024;

const roomKey = `0x${'0a8d6c1e6f0f4a55'.repeat(4)}`;
const wallet = '0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266';
const offer = 'v=0\r\ns=Grüße 👋\r\n';

const logOf = (name: string, values: readonly unknown[] = [offer]) =>
  contract.encodeEventLog(name, [roomKey, wallet, ...values]);
/** A join whose session description is these bytes, text or not. */
const joinSaying = (bytes: Uint8Array) => ({
  ...logOf('ParticipantJoined'),
  data: coder.encode(['bytes'], [bytes]),
});
const textOf = (bytes: Uint8Array) => readLog(joinSaying(bytes))?.text;

describe('a log of the contract', () => {
  it.each([
    ['ParticipantJoined', [offer], offer],
    ['ParticipantLeft', [], null],
    ['EventForwarded', ['{"type":"error"}'], null],
  ])('by the name of %s says who and where', (name, values, text) => {
    expect(readLog(logOf(name, values))).toEqual({ name, roomKey, wallet, text });
  });

  it('is asked for by the topics of the three events', () => {
    const topics = ['ParticipantJoined', 'ParticipantLeft', 'EventForwarded'].map(
      (name) => contract.getEvent(name)?.topicHash,
    );
    expect(TOPICS).toEqual(topics);
  });

  it('names its room and its wallet in lower case, however a node writes them', () => {
    const { topics, data } = logOf('ParticipantJoined');
    const [topic = '', ...indexed] = topics;
    const upper = indexed.map((one) => `0x${one.slice(2).toUpperCase()}`);
    expect(readLog({ topics: [topic, ...upper], data })).toMatchObject({ roomKey, wallet, text: offer });
    expect(readLog({ topics, data: `0x${data.slice(2).toUpperCase()}` })?.text).toBe(offer);
  });

  it('that is another contract’s is none', () => {
    const transfer = new Interface([
      'event Transfer(address indexed from, address indexed to, uint256 value)',
    ]);
    expect(readLog(transfer.encodeEventLog('Transfer', [wallet, wallet, 1]))).toBeNull();
  });

  it.each([0, 1, 2])('with %i of its three topics is none', (count) => {
    const { topics, data } = logOf('ParticipantJoined');
    expect(readLog({ topics: topics.slice(0, count), data })).toBeNull();
  });
});

describe('the session description of a join', () => {
  it('is the text that was sent, whatever it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) =>
        expect(readLog(logOf('ParticipantJoined', [text]))?.text).toBe(text),
      ),
    );
  });

  it.each([
    ['a byte that begins nothing', [0x76, 0xff]],
    ['a character that is cut off', [0xf0, 0x9f, 0x91]],
    ['half of a surrogate pair', [0xed, 0xa0, 0x80]],
    ['a slash written too long', [0xc0, 0xaf]],
  ])('is none with %s', (_, bytes) => {
    expect(textOf(Uint8Array.from(bytes))).toBeNull();
  });

  it('may be 64 KiB long, and not a byte more', () => {
    expect(textOf(Buffer.alloc(64 * KIB, 'a'))).toHaveLength(64 * KIB);
    expect(textOf(Buffer.alloc(64 * KIB + 1, 'a'))).toBeNull();
    expect(textOf(Buffer.from('é'.repeat(32 * KIB)))).toHaveLength(32 * KIB);
    expect(textOf(Buffer.from('é'.repeat(32 * KIB + 1)))).toBeNull();
  });

  it.each([
    ['is not there', '0x'],
    ['is cut off', logOf('ParticipantJoined').data.slice(0, 130)],
    ['is said to be elsewhere', `0x${'f'.repeat(64)}`],
    ['is said to be longer than it is', `0x${'20'.padStart(64, '0')}${'f'.repeat(64)}`],
  ])('is none when it %s', (_, data) => {
    expect(readLog({ ...logOf('ParticipantJoined'), data })).toMatchObject({ wallet, text: null });
  });

  it('keeps no join from being read, whatever bytes are there', () => {
    const { topics } = logOf('ParticipantJoined');
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) =>
        expect(readLog({ topics, data: `0x${Buffer.from(bytes).toString('hex')}` })).toMatchObject({
          name: 'ParticipantJoined',
          roomKey,
          wallet,
        }),
      ),
    );
  });
});

describe('the tracks of a participant', () => {
  it('are asked for by the wallet’s room and address, in whatever case', () => {
    expect([...contract.decodeFunctionData('getParticipantInfo', askTracks(roomKey, wallet))]).toEqual([
      roomKey,
      '0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266',
    ]);
  });

  it.each([[[]], [['camera']], [['camera', '', 'écran']]])(
    'are the names that the contract has: %j',
    (names) => {
      expect(readTracks(contract.encodeFunctionResult('getParticipantInfo', [names]))).toEqual(names);
    },
  );

  it.each([
    ['nothing, as where there is no contract', '0x'],
    ['half an answer', `0x${'20'.padStart(64, '0')}`],
    ['a name that is no text', coder.encode(['bytes[]'], [['0x63616d657261', '0xff']])],
  ])('are none of %s', (_, data) => {
    expect(() => readTracks(data)).toThrow();
  });
});

describe('a forward', () => {
  it('is the call that tells a wallet in a room', () => {
    const call = forwardCall(roomKey, wallet, '{"type":"error"}');
    expect([...contract.decodeFunctionData('forwardEventToFrontEnd', call)]).toEqual([
      roomKey,
      '0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266',
      '{"type":"error"}',
    ]);
  });

  it.each(['NotOwner', 'NotRelayer', 'NotInRoom', 'TooManyTracks', 'NothingToForward'])(
    'that the contract refuses by %s is refused by that name',
    (name) => {
      expect(revertReason(contract.encodeErrorResult(name))).toBe(name);
    },
  );

  it.each([null, undefined, '', '0x'])('that is refused by %j is refused without a reason', (data) => {
    expect(revertReason(data)).toBe('reverted without a reason');
  });

  it.each(['0xdeadbeef', '0x12', 'Reverted 0x', `0xdeadbeef${'00'.repeat(32)}`])(
    'that is refused by %s, which is none of ours, is refused by just that',
    (data) => {
      expect(revertReason(data)).toBe(data);
    },
  );

  it('has a reason of 200 characters at most, whatever it was refused with', () => {
    const data = `0xdeadbeef${'00'.repeat(4_000)}`;
    expect(revertReason(data)).toBe(data.slice(0, 200));
    expect(revertReason('what a node says '.repeat(99))).toHaveLength(200);
  });
});

it('says the text that another contract gives as its reason', () => {
  const data = new Interface(['error Error(string)']).encodeErrorResult('Error', ['only on Sundays']);
  expect(revertReason(data)).toBe('Error(only on Sundays)');
});
