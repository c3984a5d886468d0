import { Contract, type Signer } from 'ethers';
import { roomKeyOf } from '../../src/chain/names.ts';
import type { PrivateAnvil } from '../support/private-anvil.ts';
import { anOfferToSend } from '../support/sdp.ts';

/** An event that the contract told of. */
export type Told = Readonly<{
  room: string;
  wallet: string;
  text: string;
  block: number;
  transaction: string;
}>;

/** What wallets say to a contract, and what it tells. */
export type ContractTalk = Readonly<{
  /** Sends a join, and waits until the node has it. @returns its hash */
  join(
    wallet: Signer,
    roomId: string,
    options?: { offer?: string; tracks?: readonly string[] },
  ): Promise<string>;
  leave(wallet: Signer, roomId: string): Promise<string>;
  /** What stands in the chain now. */
  joins(): Promise<Told[]>;
  forwards(): Promise<Told[]>;
}>;

export const keyOf = (roomId: string): string => {
  const key = roomKeyOf(roomId);
  if (key === null) throw new Error(`${roomId} has no name on the chain`);
  return key;
};

export function talkTo(anvil: Pick<PrivateAnvil, 'contract' | 'artifact' | 'provider'>): ContractTalk {
  const contract = new Contract(anvil.contract, anvil.artifact.abi, anvil.provider);
  const as = (wallet: Signer) => contract.connect(wallet) as Contract;

  async function logsOf(name: string): Promise<Told[]> {
    const logs = await contract.queryFilter(name, 0);
    return logs.map((log): Told => {
      const { args } = log as unknown as { args: readonly [string, string, string] };
      return {
        room: args[0],
        wallet: args[1].toLowerCase(),
        // What is no text is only found out when it is looked at.
        get text() {
          return args[2];
        },
        block: log.blockNumber,
        transaction: log.transactionHash,
      };
    });
  }

  return {
    async join(wallet, roomId, { offer = anOfferToSend(), tracks = ['microphone'] } = {}) {
      const sent = await as(wallet)['joinRoom']?.(keyOf(roomId), offer, tracks);
      return sent.hash as string;
    },
    async leave(wallet, roomId) {
      const sent = await as(wallet)['leaveRoom']?.(keyOf(roomId));
      return sent.hash as string;
    },
    joins: () => logsOf('ParticipantJoined'),
    forwards: () => logsOf('EventForwarded'),
  };
}

/** @throws Error unless each join that stands has exactly one forward, and no other forward is there */
export async function checkEachHasOne({ joins, forwards }: ContractTalk): Promise<void> {
  const [asked, answered] = [counted(await joins()), counted(await forwards())];
  if (asked !== answered)
    throw new Error(`joins that stand and their forwards differ:\n${asked}\n${answered}`);
}

function counted(told: readonly Told[]): string {
  const counts: Record<string, number> = {};
  for (const { room, wallet } of told.toSorted((a, b) => (a.room + a.wallet < b.room + b.wallet ? -1 : 1)))
    counts[`${room} ${wallet}`] = (counts[`${room} ${wallet}`] ?? 0) + 1;
  return JSON.stringify(counts);
}
