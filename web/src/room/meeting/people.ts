import type { Participant, Room } from '../../api/types.ts';

/** The room and who is in, as far as this page has heard. */
export type RoomView = Readonly<{ room: RoomSeen; people: readonly Participant[] }>;

/** As `Room`; when its recording began is not told over the socket. */
export type RoomSeen = Omit<Room, 'recording'> & { recording?: { id: string } | undefined };

/** What the socket tells of the room, by name (docs/sockets.md). */
export type RoomTold = {
  'room:user-joined': { participant: Participant };
  'room:user-left': { userId: string };
  'room:user-kicked': { userId: string };
  'room:host-changed': { userId: string };
  'room:updated': { room: Room };
  'media:user-muted': { userId: string; isMuted: boolean };
  'media:user-video': { userId: string; isVideoOff: boolean };
  'hand:raised': { userId: string };
  'hand:lowered': { userId: string };
  'recording:started': { recordingId: string };
  'recording:stopped': { recordingId: string };
  'media:track-refused': { userId: string };
};
export type ToldName = keyof RoomTold;

const without = (view: RoomView, { userId }: { userId: string }): RoomView =>
  inStep({ ...view, people: view.people.filter((person) => person.userId !== userId) });
const changed = (view: RoomView, userId: string, change: Partial<Participant>): RoomView => ({
  ...view,
  people: view.people.map((person) => (person.userId === userId ? { ...person, ...change } : person)),
});
const inStep = (view: RoomView): RoomView => ({
  ...view,
  room: { ...view.room, joinedParticipants: view.people.length },
});

const effects: { [Name in ToldName]: (view: RoomView, told: RoomTold[Name]) => RoomView } = {
  'room:user-joined': (view, { participant }) =>
    inStep({ ...view, people: [...without(view, participant).people, participant] }),
  'room:user-left': without,
  'room:user-kicked': without,
  'room:host-changed': (view, { userId }) => ({
    room: {
      ...view.room,
      hostId: userId,
      hostName: view.people.find((person) => person.userId === userId)?.name ?? null,
    },
    people: view.people.map((person) => ({
      ...person,
      role: person.userId === userId ? 'HOST' : 'PARTICIPANT',
    })),
  }),
  'room:updated': (view, { room }) => inStep({ ...view, room }),
  'media:user-muted': (view, { userId, isMuted }) => changed(view, userId, { isMuted }),
  'media:user-video': (view, { userId, isVideoOff }) => changed(view, userId, { isVideoOff }),
  'hand:raised': (view, { userId }) => changed(view, userId, { isHandRaised: true }),
  'hand:lowered': (view, { userId }) => changed(view, userId, { isHandRaised: false }),
  'recording:started': (view, { recordingId }) => ({
    ...view,
    room: { ...view.room, recording: { id: recordingId } },
  }),
  'recording:stopped': (view) => {
    const { recording: _, ...room } = view.room;
    return { ...view, room };
  },
  'media:track-refused': (view) => view,
};

export const TOLD_NAMES = Object.keys(effects) as ToldName[];

/** The room after what was told. */
export function afterTold<Name extends ToldName>(view: RoomView, name: Name, told: RoomTold[Name]): RoomView {
  return effects[name](view, told);
}

/** Raised hands first, then the longest-present. */
export function inOrder(people: readonly Participant[]): Participant[] {
  return people.toSorted(
    (a, b) => Number(b.isHandRaised) - Number(a.isHandRaised) || a.joinedAt.localeCompare(b.joinedAt),
  );
}
