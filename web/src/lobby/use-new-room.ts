import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocation } from 'wouter';
import { rooms } from '../api/rooms.ts';
import { useAuth, useSession } from '../auth/auth.tsx';
import type { SignedIn } from '../auth/session.ts';
import { newRoomOf, type RoomValues } from '../room-form/room-values.ts';
import { newRoomKey, withKey } from '../room-key.ts';
import { withNew } from './filters.ts';
import { newRoomDraft } from './new-room-draft.ts';

export type Making = ReturnType<typeof useNewRoom>;

/** Making a room: by way of the sign-in page for those who are not signed in, and then into the room. */
export function useNewRoom(address: { isMaking: boolean; setMaking: (open: boolean) => void }) {
  const session = useSession();
  const { user, known } = useAuth();
  const { i18n } = useTranslation();
  const [, navigate] = useLocation();
  const [signInFailed, setSignInFailed] = useState(false);
  const [maker, setMaker] = useState<SignedIn | null>(user);
  // Whoever began goes on when their sign-in lapses: with what they typed.
  if (user !== null && user.id !== maker?.id) setMaker(user);

  /** Leaves for the sign-in page, and comes back with the dialog open. */
  async function signIn(): Promise<void> {
    setSignInFailed(false);
    try {
      await session.signIn(`/${withNew(location.search, true)}`, i18n.language);
    } catch {
      setSignInFailed(true);
      address.setMaking(true);
    }
  }

  return {
    isOpen: address.isMaking && known,
    maker,
    signInFailed,
    signIn,
    begin(): void {
      if (known && user === null) void signIn();
      else address.setMaking(true);
    },
    close: () => address.setMaking(false),

    /** Makes it and goes there. The key of an encrypted one is made here, and no server sees it. */
    async create(values: RoomValues): Promise<void> {
      const { id, e2ee } = await rooms.create(newRoomOf(values), await session.token());
      newRoomDraft.forget();
      const path = `/meet/${encodeURIComponent(id)}`;
      // Back from the room is the lobby without the dialog.
      address.setMaking(false);
      navigate(e2ee ? withKey(path, newRoomKey()) : path);
    },
  };
}
