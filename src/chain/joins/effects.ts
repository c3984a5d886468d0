import { ServiceError } from '../../errors.ts';
import type { NewRoom, Rooms, SeatedIn } from '../../rooms/index.ts';
import { checkedSdp, type SfuSessions } from '../../sfu/index.ts';
import { inSpan, type Logger } from '../../telemetry/index.ts';
import { withinOr } from '../../timers.ts';
import type { Chain } from '../chain.ts';
import { askTracks, readTracks } from '../contract.ts';
import type { Forward } from '../forwards/forward.ts';
import type { ForwardStore, NewForward } from '../forwards/forward-store.ts';
import { type ChainEvent, type Mirror, positionOf } from '../listener/mirror.ts';
import { walletUser } from '../names.ts';
import { NodeRefusal } from '../node.ts';
import { type Reply, replyOfFailure, replyTo, tracksOf } from './reply.ts';
import { DOOR } from './seats.ts';
import type { JoinSessions } from './sessions.ts';

/** All that is done for one join, the SFU's exchange included. Milliseconds. */
export const JOINS_WITHIN = 20_000;
/** What these mean passes, or keeps the answer from being sent as well: it is tried until it works. */
const PASSING = new Set(['STORE_UNAVAILABLE', 'CHAIN_UNAVAILABLE', 'BUSY']);
/** What else fails for our part, or the SFU's, is tried so often; then the frontend is told. */
const MAX_TRIES = 3;
/** LiveKit 1.11 forgets who has not connected after 15 s (measured), and a block is still to come. Milliseconds. */
const STALE_AFTER = 7_000;
const OURS = new Set(['SFU_UNAVAILABLE', 'SFU_BUSY', 'LIVEKIT_UNAVAILABLE']);

/** What a room is that the chain names and nobody has made: one for everybody, as rooms are by default. */
const newRoomFor = (wallet: string): NewRoom => ({
  title: `Room of ${walletUser(wallet).name}`,
  topic: null,
  language: null,
  maxParticipants: 6,
  access: 'public',
  invited: [],
  e2ee: false,
});

type Session = Awaited<ReturnType<SfuSessions['createSession']>>;
type Outcome = Readonly<{ reply: Reply; session: Session | null }>;

export type Effects = ReturnType<typeof createEffects>;

/** What the contract's events do here (spec/5-chain.md). Each may be done again after a crash. */
export function createEffects(deps: {
  contract: string;
  chain: Pick<Chain, 'call'>;
  rooms: Rooms;
  sfu: SfuSessions;
  store: ForwardStore;
  mirror: Pick<Mirror, 'lastWord' | 'get'>;
  sessions: JoinSessions;
  newId: () => string;
  now: () => Date;
  onQueued: () => void;
  logger: Pick<Logger, 'info' | 'warn'>;
}) {
  const { contract, chain, rooms, sfu, store, mirror, sessions, newId, now, logger } = deps;

  /** As they were with the event; a node that has forgotten that block has those of now. */
  async function namesOf({ roomKey, wallet, blockNumber }: ChainEvent): Promise<readonly string[]> {
    const call = askTracks(roomKey, wallet);
    const data = await chain.call(contract, call, blockNumber).catch((error: unknown) => {
      if (error instanceof NodeRefusal) return chain.call(contract, call);
      throw error;
    });
    try {
      return readTracks(data);
    } catch (cause) {
      throw new ServiceError('SFU_REFUSED', 'The names of the tracks are not text.', { cause });
    }
  }

  /** One decision for every door: the room's. A room that no one has made is made. */
  const admit = ({ id, roomId, wallet }: ChainEvent): Promise<SeatedIn> =>
    rooms.joinOrMake(roomId, walletUser(wallet), newRoomFor(wallet), `${DOOR}:${id}`);

  async function publish(event: ChainEvent): Promise<Outcome> {
    if (event.text === null) throw new ServiceError('SFU_REFUSED', 'This is not a session description.');
    // What is no offer takes no seat.
    const offer = checkedSdp(event.text);
    const tracks = tracksOf(offer, await namesOf(event));
    const seated = await inSpan('admit', { 'room.id': event.roomId }, () => admit(event));
    // A device of its own each time: an exchange that comes too late puts no other out.
    const session = await sfu.createSession({ ...seated, device: newId() });
    const published = await sfu.publishTracks(session, { offer, tracks });
    if (published.tracks.every(({ fault }) => fault !== undefined)) {
      await endUnused(session);
      throw new ServiceError('SFU_REFUSED', 'The media server takes none of the tracks.');
    }
    const wasIn = (await mirror.lastWord(event, event.id)) === 'ParticipantJoined';
    const reply = replyTo(wasIn ? 'publish-track' : 'join-room', published);
    return { reply, session: published.session };
  }

  /** The answer, or what to say instead of one. @throws what passes, or is worth another try */
  async function outcomeOf(event: ChainEvent): Promise<Outcome> {
    try {
      return await withinOr(publish(event), JOINS_WITHIN, () => {
        throw new ServiceError('SFU_UNAVAILABLE', 'The media server does not answer. Try again shortly.');
      });
    } catch (error) {
      const code = error instanceof ServiceError ? error.code : 'INTERNAL';
      if (PASSING.has(code)) throw error;
      if ((OURS.has(code) || code === 'INTERNAL') && event.tries < MAX_TRIES) throw error;
      logger.info('chain.join.refused', { roomId: event.roomId, wallet: event.wallet, code, error });
      return { reply: replyOfFailure(error), session: null };
    }
  }

  async function joined(event: ChainEvent): Promise<boolean> {
    const before = await store.get(event.id);
    if (before && before.state !== 'CANCELLED')
      // One whose nonce is being used up for an event that is back must be over first.
      return before.transactions.every(({ purpose }) => purpose === 'forward');
    const { reply, session } = await outcomeOf(event);
    const { id, roomId, roomKey, wallet, traceparent } = event;
    const forward: NewForward = {
      id,
      roomId,
      roomKey,
      wallet,
      traceparent,
      position: positionOf(event),
      data: JSON.stringify(reply),
      session,
    };
    const isOurs = before ? await store.revive(before, forward) : await store.insert(forward);
    // Another was quicker, while we were thought dead: theirs is what the frontend gets.
    if (!isOurs) await endUnused(session);
    else {
      deps.onQueued();
      logger.info('chain.joined', { eventId: id, roomId, wallet, type: reply.type });
      if (session) await sessions.closeBefore(event, now(), id);
    }
    return true;
  }

  const endUnused = async (session: Session | null): Promise<void> => {
    if (session) await sfu.closeTracks(session, 'all').catch(() => {});
  };

  async function left({ roomId, wallet }: Pick<ChainEvent, 'roomId' | 'wallet'>): Promise<void> {
    await rooms.leave(roomId, walletUser(wallet).id).catch((error: unknown) => {
      if (!(error instanceof ServiceError) || error.code !== 'ROOM_NOT_FOUND') throw error;
    });
  }

  /** A join that does not stand: the participant leaves, unless another join of theirs stands. */
  async function undo(event: ChainEvent): Promise<void> {
    if (event.name !== 'ParticipantJoined') return;
    const forward = await store.get(event.id);
    if (forward) await sessions.close(forward);
    // Should the event be back, it is answered anew.
    if (forward?.state === 'FAILED') await store.end(forward, 'CANCELLED', null);
    if ((await mirror.lastWord(event, event.id)) !== 'ParticipantJoined') await left(event);
    logger.info('chain.join.undone', { eventId: event.id, roomId: event.roomId, wallet: event.wallet });
  }

  /**
   * Asks the SFU anew for one whose answer has gone stale in the line: an SFU forgets who does not connect.
   *
   * @returns the forward with an answer that holds; as it was, when there is nothing to be renewed; null when it waits no
   *   longer
   */
  async function renew(forward: Forward): Promise<Forward | null> {
    // Without a session it tells a refusal, or its wallet has left meanwhile.
    const isStale = now().getTime() - forward.answeredAt.getTime() > STALE_AFTER;
    const event = forward.session && isStale ? await mirror.get(forward.id) : null;
    if (event === null) return forward;
    const { reply, session } = await outcomeOf({ ...event, tries: MAX_TRIES });
    const renewed = await store.renew(forward, { data: JSON.stringify(reply), session });
    await endUnused(renewed ? forward.session : session);
    return renewed;
  }

  return {
    renew,

    /** @returns false when it must wait. @throws what is worth another try */
    async apply(event: ChainEvent): Promise<boolean> {
      if (event.work === 'UNDO') await undo(event);
      else if (event.name === 'ParticipantJoined') return joined(event);
      else if (event.name === 'ParticipantLeft') await left(event);
      return true;
    },
  };
}
