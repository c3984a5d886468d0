import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocation } from 'wouter';
import { Button } from '../ui/button.tsx';
import { Loading } from '../ui/loading.tsx';
import { Notice } from '../ui/notice.tsx';
import { useSession } from './auth.tsx';

/** Where Keycloak sends people back to: takes its answer, and goes on to where they were. */
export function SignedInPage() {
  const session = useSession();
  const { t } = useTranslation();
  const [, navigate] = useLocation();
  const [failed, setFailed] = useState(false);
  const begun = useRef(false);

  useEffect(() => {
    // The answer's code can be taken once only, and React may run this twice.
    if (begun.current) return;
    begun.current = true;
    session.completeSignIn().then(
      (returnTo) => navigate(returnTo, { replace: true }),
      async () => {
        // Whoever goes back in the browser comes by with an answer that was taken already.
        await session.restore();
        if (session.state().user === null) setFailed(true);
        else navigate('/', { replace: true });
      },
    );
  }, [session, navigate]);

  if (!failed) return <Loading label={t('auth.signingIn')} />;
  return (
    <Notice
      tone="warn"
      title={t('auth.failedTitle')}
      text={t('auth.failedText')}
      action={<Button onClick={() => navigate('/', { replace: true })}>{t('common.toLobby')}</Button>}
    />
  );
}
