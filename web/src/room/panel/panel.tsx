import { X } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { IconButton } from '../../ui/button.tsx';
import { Chat } from './chat.tsx';
import './panel.css';
import { People } from './people.tsx';

export type PanelName = 'people' | 'chat';

/** Beside the stage; over it on a phone. */
export function Panel({ name, onClose }: { name: PanelName; onClose: () => void }) {
  const { t } = useTranslation();
  const title = t(`room.${name}`);
  return (
    <aside
      className="panel"
      aria-label={title}
      onKeyDown={({ key }) => {
        if (key === 'Escape') onClose();
      }}
    >
      <header>
        <h2>{title}</h2>
        <IconButton look="bare" label={t('common.close')} onClick={onClose}>
          <X size={20} />
        </IconButton>
      </header>
      {name === 'chat' ? <Chat /> : <People />}
    </aside>
  );
}
