import type { z } from 'zod';
import type { ErrorCode, FieldError } from '../../../src/errors.ts';
import type * as routes from '../../../src/realtime/schemas.ts';
import type * as wire from '../../../src/wire/schemas.ts';

/**
 * What the service answers, taken from the schemas that it answers by; only the types come into the page. Over the wire a
 * moment is text (ISO 8601, UTC).
 */
type OverTheWire<T> = T extends Date
  ? string
  : T extends readonly (infer Item)[]
    ? OverTheWire<Item>[]
    : T extends object
      ? { [Key in keyof T]: OverTheWire<T[Key]> }
      : T;
type Answered<Schema extends z.ZodType> = OverTheWire<z.output<Schema>>;

export type Room = Answered<typeof wire.room>;
export type RoomWithParticipants = Answered<typeof wire.roomWithParticipants>;
export type Participant = Answered<typeof wire.participant>;
export type ChatMessage = Answered<typeof wire.chatMessage>;
export type RoomPage = Answered<typeof routes.roomPage>;
export type ChatPage = Answered<typeof routes.chatPage>;
export type ParticipantsPage = Answered<typeof routes.participantsPage>;
export type JoinAnswer = Answered<typeof routes.joinAnswer>;
export type NewRoom = z.input<typeof routes.newRoom>;
export type RoomChanges = z.input<typeof routes.roomChanges>;

export type { ErrorCode, FieldError };
