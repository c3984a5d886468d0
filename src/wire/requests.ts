import { z } from 'zod';
import { access, participant, room, status } from './schemas.ts';

/** What clients ask for in the same words, whatever the door. */

/** A UUID for rooms made here; other doors make rooms of other ids. One that is not there is not found, not malformed. */
export const roomId = z
  .string()
  .regex(/^[\w-]{1,100}$/, 'is not a room id')
  .meta({ description: 'The room.', example: '0a8d6c1e-6f0f-4a55-9b1e-1f6b9c2d3e4f' });

export const userId = z.string().min(1).max(255);
export const title = z.string().trim().min(1).max(255).meta({ example: 'Morning practice' });
export const topic = z.string().trim().min(1).max(255);

/** BCP 47, well-formed; canonical spelling (`pt-br` becomes `pt-BR`). */
export const languageTag = z
  .string()
  .min(2)
  .max(35)
  .transform((text, context) => {
    try {
      return Intl.getCanonicalLocales(text)[0] ?? text;
    } catch {
      context.addIssue({ code: 'custom', message: 'is not a BCP 47 language tag, such as en, vi or pt-BR' });
      return z.NEVER;
    }
  })
  .meta({ example: 'vi', override: { type: 'string' } });

export const newRoom = z
  .strictObject({
    title,
    topic: topic.optional(),
    language: languageTag.optional(),
    maxParticipants: z.int().min(2).max(100).default(6),
    access: access.default('public'),
    invited: z
      .array(userId)
      .max(1_000)
      .default([])
      .meta({ description: 'User ids that a private room takes.' }),
    e2ee: z.boolean().default(false).meta({ description: 'End-to-end encrypted; cannot change later.' }),
  })
  .meta({ id: 'NewRoom' });

/** Which page, and how much of it when the client does not say. */
export function pageOf(usual: number) {
  return {
    cursor: z.string().max(200).optional().meta({ description: '`next` of the page before.' }),
    limit: z.coerce
      .number()
      .int()
      .min(1)
      .max(100)
      .default(usual)
      .meta({ override: { type: 'integer', minimum: 1, maximum: 100 } }),
  };
}

/** Which rooms. */
export const roomFilter = {
  status: status.default('LIVE'),
  language: languageTag.optional(),
  topic: topic.optional(),
  q: z.string().trim().min(1).max(100).optional().meta({ description: 'Text in the title or the topic.' }),
};

export const roomPage = z
  .object({ rooms: z.array(room), next: z.string().nullable() })
  .meta({ id: 'RoomPage' });

export const participantsPage = z
  .object({
    present: z.array(participant).meta({ description: 'Who is in now, the longest-present first.' }),
    former: z.array(participant).meta({ description: 'Who was in and is not now, the last to go first.' }),
    next: z.string().nullable().meta({ description: 'Leads to the next page of `former`.' }),
  })
  .meta({ id: 'ParticipantsPage' });
