import { Component, type ReactNode } from 'react';
import i18n from '../i18n/index.ts';
import { Button } from './button.tsx';
import { Notice } from './notice.tsx';

/** When drawing the page fails: says so, with a way on, in place of an empty page. */
export class CrashGuard extends Component<{ children: ReactNode }, { crashed: boolean }> {
  override state = { crashed: false };

  static getDerivedStateFromError() {
    return { crashed: true };
  }

  override render() {
    if (!this.state.crashed) return this.props.children;
    return <Crashed text={i18n.t('crashed.text')} />;
  }
}

/** In place of a page that cannot be shown. */
export function Crashed({ text }: { text: string }) {
  return (
    <Notice
      tone="warn"
      title={i18n.t('crashed.title')}
      text={text}
      action={
        <Button look="primary" onClick={() => location.reload()}>
          {i18n.t('crashed.reload')}
        </Button>
      }
    />
  );
}
