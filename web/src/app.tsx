import { lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, Route, Switch } from 'wouter';
import { RETURN_PATH } from './auth/session.ts';
import { SignedInPage } from './auth/signed-in-page.tsx';
import { LobbyPage } from './lobby/lobby-page.tsx';
import { Loading } from './ui/loading.tsx';
import { Notice } from './ui/notice.tsx';
import { Shell } from './ui/shell.tsx';

/** With LiveKit in it, which whoever only looks around need not load. */
const RoomPage = lazy(() => import('./room/room-page.tsx').then(({ RoomPage }) => ({ default: RoomPage })));

const WalletPage = lazy(() =>
  import('./wallet/wallet-page.tsx').then(({ WalletPage }) => ({ default: WalletPage })),
);

/** The addresses of the page; the gateway serves it at these and no others (gateway/Caddyfile). */
export function App() {
  return (
    <Suspense fallback={<Loading />}>
      <Switch>
        <Route path="/">
          <Shell>
            <LobbyPage />
          </Shell>
        </Route>
        <Route path="/meet/:roomId">{({ roomId }) => <RoomPage key={roomId} roomId={roomId} />}</Route>
        <Route path="/meet/:roomId/wallet">
          {({ roomId }) => <WalletPage key={roomId} roomId={roomId} />}
        </Route>
        <Route path={RETURN_PATH}>
          <Shell>
            <SignedInPage />
          </Shell>
        </Route>
        <Route>
          <Shell>
            <NothingHere />
          </Shell>
        </Route>
      </Switch>
    </Suspense>
  );
}

function NothingHere() {
  const { t } = useTranslation();
  return (
    <Notice
      title={t('notFound.title')}
      text={t('notFound.text')}
      action={
        <Link className="button primary" href="/">
          {t('common.toLobby')}
        </Link>
      }
    />
  );
}
