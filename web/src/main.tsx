import '@fontsource-variable/inter';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';
import { AuthProvider } from './auth/auth.tsx';
import { createSession, RETURN_PATH } from './auth/session.ts';
import { ChainContext } from './chain-door.tsx';
import { loadConfig } from './config.ts';
import i18n, { startI18n } from './i18n/index.ts';
import './styles/tokens.css';
import './styles/base.css';
import './ui/ui.css';
import { Crashed, CrashGuard } from './ui/crash-guard.tsx';
import { showTheme } from './ui/theme.ts';

// A part of an older build is gone: this page was open while a new one came.
addEventListener('vite:preloadError', () => location.reload());
showTheme();
await startI18n();
const root = createRoot(document.getElementById('root') as HTMLElement);

try {
  const config = await loadConfig();
  const session = createSession(config);
  // What Keycloak sends back is taken by the page at that address.
  if (location.pathname !== RETURN_PATH) void session.restore();
  root.render(
    <StrictMode>
      <CrashGuard>
        <AuthProvider session={session}>
          <ChainContext value={config.chain?.rpcUrl ?? ''}>
            <App />
          </ChainContext>
        </AuthProvider>
      </CrashGuard>
    </StrictMode>,
  );
} catch {
  root.render(<Crashed text={i18n.t('errors.UNREACHABLE')} />);
}
