import { LogOut, Settings2 } from 'lucide-react';
import { type ReactNode, useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { useAuth, useSession } from '../auth/auth.tsx';
import { choose, LANGUAGES, type Language } from '../i18n/index.ts';
import { Avatar } from './avatar.tsx';
import { Button, IconButton } from './button.tsx';
import { Field } from './field.tsx';
import { Logo } from './logo.tsx';
import './shell.css';
import { showTheme, THEMES, type Theme, theme } from './theme.ts';

/** The frame of every page but a call: who we are, who you are, language and appearance. */
export function Shell({ children }: { children: ReactNode }) {
  const { t } = useTranslation();
  return (
    <>
      <a className="skip" href="#content">
        {t('common.skip')}
      </a>
      <header className="shell">
        <Link className="brand" href="/">
          <Logo />
          <span>{t('common.name')}</span>
        </Link>
        <nav aria-label={t('common.name')}>
          <Settings />
          <Who />
        </nav>
      </header>
      <main id="content" className="content" tabIndex={-1}>
        {children}
      </main>
    </>
  );
}

function Who() {
  const { t } = useTranslation();
  const session = useSession();
  const { user, known, signIn } = useAuth();
  const [failed, setFailed] = useState(false);
  if (!known) return null;
  if (user === null)
    return (
      <>
        {failed && (
          <span className="small" role="alert">
            {t('auth.unreachable')}
          </span>
        )}
        <Button look="outline" onClick={() => signIn().catch(() => setFailed(true))}>
          {t('auth.signIn')}
        </Button>
      </>
    );
  return (
    <>
      <span className="who">
        <Avatar id={user.id} name={user.name} />
        <span className="name">{user.name}</span>
      </span>
      <IconButton label={t('auth.signOut')} look="bare" onClick={() => void session.signOut()}>
        <LogOut size={20} />
      </IconButton>
    </>
  );
}

/** Language and appearance; both are kept in this browser. */
export function Settings() {
  const { t, i18n } = useTranslation();
  const id = useId();
  const [shown, setShown] = useState<Theme>(theme);
  const themes = { system: t('settings.system'), light: t('settings.light'), dark: t('settings.dark') };
  return (
    <>
      <IconButton label={`${t('settings.language')}, ${t('settings.theme')}`} look="bare" popoverTarget={id}>
        <Settings2 size={20} />
      </IconButton>
      <div id={id} popover="auto" className="popover">
        <Field label={t('settings.language')}>
          {(control) => (
            <select
              {...control}
              className="input"
              value={i18n.language}
              onChange={({ target }) => void choose(target.value as Language)}
            >
              {Object.entries(LANGUAGES).map(([tag, name]) => (
                <option key={tag} value={tag} lang={tag}>
                  {name}
                </option>
              ))}
            </select>
          )}
        </Field>
        <Field label={t('settings.theme')}>
          {(control) => (
            <select
              {...control}
              className="input"
              value={shown}
              onChange={({ target }) => {
                const chosen = target.value as Theme;
                setShown(chosen);
                showTheme(chosen);
              }}
            >
              {THEMES.map((one) => (
                <option key={one} value={one}>
                  {themes[one]}
                </option>
              ))}
            </select>
          )}
        </Field>
      </div>
    </>
  );
}
