import { createContext, type ReactNode, useContext, useSyncExternalStore } from 'react';
import i18n from '../i18n/index.ts';
import type { AuthState, Session } from './session.ts';

const SessionContext = createContext<Session | null>(null);

export function AuthProvider({ session, children }: { session: Session; children: ReactNode }) {
  return <SessionContext value={session}>{children}</SessionContext>;
}

export function useSession(): Session {
  const session = useContext(SessionContext);
  if (session === null) throw new Error('outside of AuthProvider');
  return session;
}

/** Who is signed in, and a way to sign in that comes back to where one is. */
export function useAuth(): AuthState & { signIn: () => Promise<void> } {
  const session = useSession();
  const state = useSyncExternalStore(session.onChange, session.state);
  const signIn = () =>
    session.signIn(`${location.pathname}${location.search}${location.hash}`, i18n.language);
  return { ...state, signIn };
}
