import type { TrackReferenceOrPlaceholder } from '@livekit/components-react';
import type { Participant } from '../../api/types.ts';

/** The user behind a LiveKit identity: a second device of theirs is `<user>~<device>` (spec/3-media.md). */
export const userIdOf = (identity: string): string => identity.split('~')[0] ?? identity;

export const personOf = (people: readonly Participant[], identity: string): Participant | undefined =>
  people.find(({ userId }) => userId === userIdOf(identity));

/** One picture, whether it has come yet or not. */
export const keyOf = ({ participant, source }: TrackReferenceOrPlaceholder): string =>
  `${participant.identity} ${source}`;
