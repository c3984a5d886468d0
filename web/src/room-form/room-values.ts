import type { FieldError, NewRoom, Room, RoomChanges } from '../api/types.ts';

/** What a host says of their room. A room of the API is one. */
export type RoomValues = Readonly<
  Pick<Room, 'title' | 'topic' | 'language' | 'maxParticipants' | 'access' | 'e2ee'> & {
    /** Ids of those whom a private room takes. */
    invited?: readonly string[] | undefined;
  }
>;

/** The same as it is typed: each field as its control holds it. */
export type RoomDraft = Readonly<{
  title: string;
  topic: string;
  language: string;
  seats: string;
  access: RoomValues['access'];
  invited: string;
  e2ee: boolean;
}>;
export type RoomField = keyof RoomDraft;

export const MOST_TEXT = 255;
export const SEATS = { fewest: 2, usual: 6, most: 100 } as const;

export function draftOf(values: Partial<RoomValues>): RoomDraft {
  const { maxParticipants } = values;
  return {
    title: values.title ?? '',
    topic: values.topic ?? '',
    language: values.language ?? '',
    // What was typed and is no number comes back as null from the browser's store.
    seats: `${maxParticipants ?? SEATS.usual}`,
    access: values.access ?? 'public',
    invited: (values.invited ?? []).join('\n'),
    e2ee: values.e2ee ?? false,
  };
}

export function valuesOf(draft: RoomDraft): RoomValues {
  return {
    title: draft.title.trim(),
    topic: draft.topic.trim() || null,
    language: draft.language || null,
    maxParticipants: draft.seats.trim() === '' ? Number.NaN : Number(draft.seats),
    access: draft.access,
    invited: draft.access === 'private' ? linesOf(draft.invited) : [],
    e2ee: draft.e2ee,
  };
}

/** One id a line; those of a list pasted with commas are taken apart, too. */
function linesOf(text: string): string[] {
  return [...new Set(text.split(/[\s,;]+/u).filter((line) => line !== ''))];
}

/** Fields that the service would refuse. */
export function wrongIn({ title, maxParticipants }: RoomValues): RoomField[] {
  const { fewest, most } = SEATS;
  const seatsHold = Number.isInteger(maxParticipants) && maxParticipants >= fewest && maxParticipants <= most;
  return [...(title === '' ? (['title'] as const) : []), ...(seatsHold ? [] : (['seats'] as const))];
}

const FIELD_OF: Readonly<Record<string, RoomField>> = {
  title: 'title',
  topic: 'topic',
  language: 'language',
  maxParticipants: 'seats',
  access: 'access',
  invited: 'invited',
  e2ee: 'e2ee',
};

/** The fields that the service refused, by the paths that it names: `body.title`, `body.invited.3`. */
export function refusedFields(errors: readonly FieldError[]): RoomField[] {
  const fields = errors.map(({ path }) => FIELD_OF[path.split('.')[1] ?? '']);
  return [...new Set(fields.filter((field) => field !== undefined))];
}

export function newRoomOf({ topic, language, invited, ...rest }: RoomValues): NewRoom {
  return {
    ...rest,
    ...(topic === null ? {} : { topic }),
    ...(language === null ? {} : { language }),
    invited: [...(invited ?? [])],
  };
}

/** What a host changed; null when nothing. Access and encryption stay as they are. */
export function changesOf(before: RoomValues, after: RoomValues): RoomChanges | null {
  const changes: RoomChanges = {
    ...(after.title === before.title ? {} : { title: after.title }),
    ...(after.topic === before.topic ? {} : { topic: after.topic }),
    ...(after.language === before.language ? {} : { language: after.language }),
    ...(after.maxParticipants === before.maxParticipants ? {} : { maxParticipants: after.maxParticipants }),
    ...(isSameList(after.invited, before.invited) ? {} : { invited: [...(after.invited ?? [])] }),
  };
  return Object.keys(changes).length === 0 ? null : changes;
}

function isSameList(a: readonly string[] = [], b: readonly string[] = []): boolean {
  return a.length === b.length && a.every((id, index) => id === b[index]);
}
