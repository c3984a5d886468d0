import { AbiCoder, getAddress, Interface } from 'ethers';

/** The contract as this service speaks to it; test/chain/contract.test.ts compares it with contracts/MeetingRooms.sol. */
export const ABI = [
  'event ParticipantJoined(bytes32 indexed roomId, address indexed wallet, string sessionDescription)',
  'event ParticipantLeft(bytes32 indexed roomId, address indexed wallet)',
  'event EventForwarded(bytes32 indexed roomId, address indexed wallet, string data)',
  'function getParticipantInfo(bytes32 roomId, address wallet) view returns (string[] tracks)',
  'function forwardEventToFrontEnd(bytes32 roomId, address wallet, string data)',
  'error NotOwner()',
  'error NotRelayer()',
  'error NotInRoom()',
  'error TooManyTracks()',
  'error NothingToForward()',
] as const;

const contract = new Interface(ABI);

const NAMES = ['ParticipantJoined', 'ParticipantLeft', 'EventForwarded'] as const;
export type EventName = (typeof NAMES)[number];

const nameByTopic = new Map(NAMES.map((name) => [contract.getEvent(name)?.topicHash, name]));

/** What to ask the node's logs for. */
export const TOPICS: readonly string[] = [...nameByTopic.keys()].filter((topic) => topic !== undefined);

/** What a peer offers is some kilobytes; no more than this of an event's text is kept. Bytes. */
const LONGEST_TEXT = 64 * 1_024;

/** A log as the node's JSON-RPC has it. */
export type RawLog = Readonly<{
  address: string;
  topics: readonly string[];
  data: string;
  blockNumber: string;
  blockHash: string;
  transactionHash: string;
  logIndex: string;
}>;

/** What a log of the contract says. */
export type ContractEvent = Readonly<{
  name: EventName;
  /** The room, as the chain names it. */
  roomKey: string;
  /** In lower case. */
  wallet: string;
  /** The session description of a join; null when it is not text, or longer than any is. */
  text: string | null;
}>;

/** Whoever can send a transaction can write anything into a log. Null for one that is none of the three. */
export function readLog({ topics, data }: Pick<RawLog, 'topics' | 'data'>): ContractEvent | null {
  const [topic, roomKey, wallet] = topics;
  const name = nameByTopic.get(topic);
  if (name === undefined || roomKey === undefined || wallet === undefined) return null;
  return {
    name,
    roomKey: roomKey.toLowerCase(),
    wallet: `0x${wallet.slice(-40).toLowerCase()}`,
    text: name === 'ParticipantJoined' ? textIn(data) : null,
  };
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** A `string` is encoded as `bytes` are; read as such, what is no UTF-8 is ours to notice. */
function textIn(data: string): string | null {
  try {
    const [bytes] = AbiCoder.defaultAbiCoder().decode(['bytes'], data) as unknown as [string];
    const buffer = Buffer.from(bytes.slice(2), 'hex');
    return buffer.length > LONGEST_TEXT ? null : utf8.decode(buffer);
  } catch {
    return null;
  }
}

/** The call that asks for a participant's tracks. */
export const askTracks = (roomKey: string, wallet: string): string =>
  contract.encodeFunctionData('getParticipantInfo', [roomKey, getAddress(wallet)]);

/** Names of tracks as the contract answers them. @throws when it is no answer of the contract, or not text */
export function readTracks(data: string): readonly string[] {
  const [tracks] = contract.decodeFunctionResult('getParticipantInfo', data) as unknown as [string[]];
  return [...tracks];
}

/** The call that tells the frontend. */
export const forwardCall = (roomKey: string, wallet: string, data: string): string =>
  contract.encodeFunctionData('forwardEventToFrontEnd', [roomKey, getAddress(wallet), data]);

/** What a call reverted with, by the name of the contract's error; the data itself when it is none of ours. */
export function revertReason(data: string | null | undefined): string {
  if (!data || data === '0x') return 'reverted without a reason';
  try {
    const error = contract.parseError(data);
    if (error === null) return data.slice(0, 200);
    return error.args.length === 0 ? error.name : `${error.name}(${error.args.join(', ')})`.slice(0, 200);
  } catch {
    return data.slice(0, 200);
  }
}
