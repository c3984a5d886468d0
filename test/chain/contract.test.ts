import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  Contract,
  type ContractTransactionResponse,
  EventLog,
  encodeBytes32String,
  type HDNodeWallet,
  Interface,
  isError,
  Wallet,
  ZeroAddress,
} from 'ethers';
import { devAccount } from '../../stack/chain/dev-chain.ts';
import { type PrivateAnvil, startPrivateAnvil } from '../support/private-anvil.ts';

/** The contract itself, on a chain of its own; it has as many relayers as keystores, and one more that tests use. */
let chain: PrivateAnvil;
let relayer: HDNodeWallet;
/** Each test has rooms of its own. */
let rooms = 0;

beforeAll(async () => {
  chain = await startPrivateAnvil();
  relayer = chain.wallet();
  await mined(as(owner()), 'setRelayer', relayer.address, true);
}, 60_000);
afterAll(async () => {
  await chain[Symbol.asyncDispose]();
});

const owner = () => devAccount(0).connect(chain.provider);
const as = (who: HDNodeWallet) => new Contract(chain.contract, chain.artifact.abi, who);
const newRoom = () => {
  rooms += 1;
  return encodeBytes32String(`room-${rooms}`);
};
const tracks = (count: number) => Array.from({ length: count }, (_, index) => `track-${index}`);

/** What the contract emitted: the event's name and its arguments. */
type Emitted = readonly [name: string, ...args: unknown[]];

/** Sends, waits until it is mined, and gives what was emitted. */
async function mined(contract: Contract, name: string, ...args: unknown[]): Promise<readonly Emitted[]> {
  const sent = (await contract.getFunction(name)(...args)) as ContractTransactionResponse;
  const receipt = await sent.wait();
  return (receipt?.logs ?? []).map((log) => {
    if (!(log instanceof EventLog)) throw new Error('a log that the ABI does not know');
    return [log.eventName, ...log.args.toArray()];
  });
}

/** The name of the custom error that a call reverts with; 'none' when it goes through. */
async function refusal(contract: Contract, name: string, ...args: unknown[]): Promise<string> {
  try {
    await contract.getFunction(name).staticCall(...args);
    return 'none';
  } catch (error) {
    if (!isError(error, 'CALL_EXCEPTION')) throw error;
    return error.revert?.name ?? 'no reason';
  }
}

const infoOf = async (room: string, wallet: string): Promise<unknown[]> =>
  (await as(relayer).getFunction('getParticipantInfo')(room, wallet)).toArray();
const countsOf = async (room: string, wallet: string): Promise<unknown[]> =>
  (await as(relayer).getFunction('counts')(room, wallet)).toArray();
const forward = (room: string, wallet: string, data = '{}') =>
  mined(as(relayer), 'forwardEventToFrontEnd', room, wallet, data);
const forwardRefusal = (room: string, wallet: string) =>
  refusal(as(relayer), 'forwardEventToFrontEnd', room, wallet, '{}');

describe('the interface', () => {
  it("has the specification's events and functions, word for word", () => {
    const { fragments } = new Interface(chain.artifact.abi);
    expect(fragments.map((fragment) => fragment.format('full'))).toEqual(
      expect.arrayContaining([
        'event ParticipantJoined(bytes32 indexed roomId, address indexed wallet, string sessionDescription)',
        'event ParticipantLeft(bytes32 indexed roomId, address indexed wallet)',
        'event EventForwarded(bytes32 indexed roomId, address indexed wallet, string data)',
        'function joinRoom(bytes32 roomId, string sessionDescription, string[] tracks)',
        'function leaveRoom(bytes32 roomId)',
        'function getParticipantInfo(bytes32 roomId, address wallet) view returns (string[] tracks)',
        'function forwardEventToFrontEnd(bytes32 roomId, address wallet, string data)',
        'function counts(bytes32 roomId, address wallet) view returns (uint64 joins, uint64 forwards)',
      ]),
    );
  });
});

describe('joining', () => {
  it('tells the description and keeps the tracks, for this wallet in this room', async () => {
    const [alice, bob, room, other] = [chain.wallet(), chain.wallet(), newRoom(), newRoom()];
    expect(await mined(as(alice), 'joinRoom', room, 'v=0 é', ['camera', 'microphone'])).toEqual([
      ['ParticipantJoined', room, alice.address, 'v=0 é'],
    ]);
    expect(await infoOf(room, alice.address)).toEqual(['camera', 'microphone']);
    expect(await infoOf(room, bob.address)).toEqual([]);
    expect(await infoOf(other, alice.address)).toEqual([]);
  });

  it('again, while in, puts new tracks in the place of the old ones, and tells it again', async () => {
    const [alice, room] = [chain.wallet(), newRoom()];
    await mined(as(alice), 'joinRoom', room, 'first', ['a', 'b', 'c']);
    expect(await mined(as(alice), 'joinRoom', room, 'second', ['d'])).toEqual([
      ['ParticipantJoined', room, alice.address, 'second'],
    ]);
    expect(await infoOf(room, alice.address)).toEqual(['d']);
    expect(await countsOf(room, alice.address)).toEqual([2n, 0n]);
  });

  it('takes a description of 100 KB', async () => {
    const [alice, room, offer] = [chain.wallet(), newRoom(), 'a=candidate\r\n'.repeat(7_877)];
    expect(offer.length).toBeGreaterThan(100 * 1024);
    expect(await mined(as(alice), 'joinRoom', room, offer, ['camera'])).toEqual([
      ['ParticipantJoined', room, alice.address, offer],
    ]);
  });

  it('takes 64 tracks and no more', async () => {
    const [alice, room] = [chain.wallet(), newRoom()];
    expect(await refusal(as(alice), 'joinRoom', room, '', tracks(65))).toBe('TooManyTracks');
    await mined(as(alice), 'joinRoom', room, '', tracks(64));
    expect(await infoOf(room, alice.address)).toEqual(tracks(64));
  });

  it('is possible without tracks', async () => {
    const [alice, room] = [chain.wallet(), newRoom()];
    expect(await mined(as(alice), 'joinRoom', room, '', [])).toHaveLength(1);
    expect(await refusal(as(alice), 'leaveRoom', room)).toBe('none');
  });
});

describe('leaving', () => {
  it('tells it and forgets the tracks, in that room only', async () => {
    const [alice, room, other] = [chain.wallet(), newRoom(), newRoom()];
    for (const each of [room, other]) await mined(as(alice), 'joinRoom', each, '', ['a']);
    expect(await mined(as(alice), 'leaveRoom', room)).toEqual([['ParticipantLeft', room, alice.address]]);
    expect(await infoOf(room, alice.address)).toEqual([]);
    expect(await infoOf(other, alice.address)).toEqual(['a']);
  });

  it('is refused to who is not in, was never in, or has left', async () => {
    const [alice, room] = [chain.wallet(), newRoom()];
    expect(await refusal(as(alice), 'leaveRoom', room)).toBe('NotInRoom');
    await mined(as(alice), 'joinRoom', room, '', []);
    await mined(as(alice), 'leaveRoom', room);
    expect(await refusal(as(alice), 'leaveRoom', room)).toBe('NotInRoom');
    await mined(as(alice), 'joinRoom', room, '', ['new']);
    expect(await infoOf(room, alice.address)).toEqual(['new']);
  });
});

describe('forwarding', () => {
  it('tells it to the wallet, once for each join and no more', async () => {
    const [alice, room] = [chain.wallet(), newRoom()];
    expect(await forwardRefusal(room, alice.address)).toBe('NothingToForward');
    await mined(as(alice), 'joinRoom', room, '', []);
    expect(await forward(room, alice.address, '{"type":"join-room"}')).toEqual([
      ['EventForwarded', room, alice.address, '{"type":"join-room"}'],
    ]);
    expect(await forwardRefusal(room, alice.address)).toBe('NothingToForward');
    expect(await countsOf(room, alice.address)).toEqual([1n, 1n]);
  });

  it('is owed for both of two joins, and leaving in between takes none away', async () => {
    const [alice, room] = [chain.wallet(), newRoom()];
    await mined(as(alice), 'joinRoom', room, 'first', []);
    await mined(as(alice), 'leaveRoom', room);
    await mined(as(alice), 'joinRoom', room, 'second', []);
    await forward(room, alice.address);
    await forward(room, alice.address);
    expect(await forwardRefusal(room, alice.address)).toBe('NothingToForward');
    expect(await countsOf(room, alice.address)).toEqual([2n, 2n]);
    await mined(as(alice), 'joinRoom', room, 'third', []);
    expect(await forwardRefusal(room, alice.address)).toBe('none');
  });

  it('counts for each wallet and each room alone', async () => {
    const [alice, bob, room, other] = [chain.wallet(), chain.wallet(), newRoom(), newRoom()];
    await mined(as(alice), 'joinRoom', room, '', []);
    expect(await forwardRefusal(room, bob.address)).toBe('NothingToForward');
    expect(await forwardRefusal(other, alice.address)).toBe('NothingToForward');
  });

  it('is refused where a reorganisation took the join away', async () => {
    const [alice, room] = [chain.wallet(), newRoom()];
    await mined(as(alice), 'joinRoom', room, '', []);
    await chain.mine(2);
    expect(await forwardRefusal(room, alice.address)).toBe('none');
    await chain.reorg(3);
    expect(await forwardRefusal(room, alice.address)).toBe('NothingToForward');
  });
});

describe('rights', () => {
  const nobody = Wallet.createRandom().address;

  it('only a relayer forwards, not even the owner', async () => {
    const [alice, room] = [chain.wallet(), newRoom()];
    await mined(as(alice), 'joinRoom', room, '', []);
    for (const who of [alice, owner()])
      expect(await refusal(as(who), 'forwardEventToFrontEnd', room, alice.address, '{}')).toBe('NotRelayer');
  });

  it('the owner names relayers and takes it back', async () => {
    const [carol, room] = [chain.wallet(), newRoom()];
    await mined(as(carol), 'joinRoom', room, '', []);
    const forwardsAs = () => refusal(as(carol), 'forwardEventToFrontEnd', room, carol.address, '{}');
    for (const allowed of [true, false]) {
      expect(await mined(as(owner()), 'setRelayer', carol.address, allowed)).toEqual([
        ['RelayerChanged', carol.address, allowed],
      ]);
      expect(await as(carol).getFunction('isRelayer')(carol.address)).toBe(allowed);
      expect(await forwardsAs()).toBe(allowed ? 'none' : 'NotRelayer');
    }
  });

  it('nobody else names relayers or gives the contract away', async () => {
    for (const who of [chain.wallet(), relayer]) {
      expect(await refusal(as(who), 'setRelayer', who.address, true)).toBe('NotOwner');
      expect(await refusal(as(who), 'transferOwnership', who.address)).toBe('NotOwner');
    }
  });

  it('the owner may be another, who may give it back, but never nobody', async () => {
    const dave = chain.wallet();
    const first = owner();
    expect(await refusal(as(first), 'transferOwnership', ZeroAddress)).toBe('NoSuchOwner');
    expect(await mined(as(first), 'transferOwnership', dave.address)).toEqual([
      ['OwnershipTransferred', first.address, dave.address],
    ]);
    expect(await refusal(as(first), 'setRelayer', nobody, true)).toBe('NotOwner');
    expect(await refusal(as(dave), 'setRelayer', nobody, true)).toBe('none');
    await mined(as(dave), 'transferOwnership', first.address);
    expect(await as(first).getFunction('owner')()).toBe(first.address);
  });

  it('the wallets of the keystores are relayers and have money', async () => {
    expect(chain.relayers).toHaveLength(2);
    for (const address of chain.relayers) {
      expect(await as(relayer).getFunction('isRelayer')(address)).toBe(true);
      expect(await chain.provider.getBalance(address)).toBe(10n ** 19n);
    }
  });
});
