import { SendHorizontal } from 'lucide-react';
import { type FormEvent, type KeyboardEvent, useEffect, useLayoutEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ChatMessage } from '../../api/types.ts';
import { Button, classes, IconButton } from '../../ui/button.tsx';
import { sentenceFor } from '../../ui/words.ts';
import type { Pending } from '../meeting/chat-log.ts';
import { useMeeting } from '../meeting/use-meeting.ts';

/** As much as the service takes (spec/2-rooms.md, "Limits"). */
const MAX_LENGTH = 4_000;
/** So near its end the list is followed when something is said. CSS pixels. */
const NEAR_END = 80;

export function Chat() {
  const { t } = useTranslation();
  const { meeting, chat } = useMeeting();
  const list = useFollowing(chat.messages.length + chat.pending.length);
  const isEmpty = chat.messages.length + chat.pending.length === 0;
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a list that scrolls must be reached by keys. */}
      <div ref={list} className="messages" role="log" aria-label={t('room.chat')} tabIndex={0}>
        {chat.older && (
          <Button size="small" look="outline" onClick={() => void meeting.loadOlder()}>
            {t('room.older')}
          </Button>
        )}
        {isEmpty && <p className="quiet empty">{t('room.chatEmpty')}</p>}
        {chat.messages.map((message, index) => (
          <Message key={message.id} message={message} before={chat.messages[index - 1]} />
        ))}
        {chat.pending.map((pending) => (
          <NotYetSaid key={pending.localId} pending={pending} />
        ))}
      </div>
      <Compose onSay={(text) => void meeting.say(text)} />
    </>
  );
}

function Message({ message, before }: { message: ChatMessage; before: ChatMessage | undefined }) {
  const { i18n, t } = useTranslation();
  const { meeting } = useMeeting();
  const isMine = message.sender.id === meeting.me;
  const at = new Date(message.createdAt);
  const goesOn =
    before?.sender.id === message.sender.id && at.getTime() - Date.parse(before.createdAt) < 300_000;
  return (
    <article className={classes('message', isMine && 'mine')}>
      {!goesOn && (
        <header>
          <strong>{isMine ? t('room.youName', { name: message.sender.name }) : message.sender.name}</strong>
          <time dateTime={message.createdAt}>
            {new Intl.DateTimeFormat(i18n.language, { hour: '2-digit', minute: '2-digit' }).format(at)}
          </time>
        </header>
      )}
      <p>{message.message}</p>
    </article>
  );
}

function NotYetSaid({ pending }: { pending: Pending }) {
  const { t } = useTranslation();
  const { meeting } = useMeeting();
  const { localId, text, failed } = pending;
  return (
    <article className={classes('message', 'mine', failed ? 'failed' : 'pending')}>
      <p>{text}</p>
      {failed === null ? (
        <small>{t('room.sending')}</small>
      ) : (
        <footer>
          <small role="alert">
            {t('room.notSent')} {sentenceFor(t, failed)}
          </small>
          <Button size="small" look="outline" onClick={() => void meeting.sayAgain(localId, text)}>
            {t('room.sayAgain')}
          </Button>
          <Button size="small" look="bare" onClick={() => meeting.forgetSaying(localId)}>
            {t('room.forgetSaying')}
          </Button>
        </footer>
      )}
    </article>
  );
}

function Compose({ onSay }: { onSay: (text: string) => void }) {
  const { t } = useTranslation();
  const [text, setText] = useState('');
  const input = useRef<HTMLTextAreaElement>(null);
  useEffect(() => input.current?.focus(), []);

  function send(event: FormEvent | KeyboardEvent): void {
    event.preventDefault();
    if (text.trim() === '') return;
    onSay(text.trim());
    setText('');
  }

  return (
    <form className="compose" onSubmit={send}>
      <textarea
        ref={input}
        className="input"
        rows={1}
        aria-label={t('room.chatLabel')}
        placeholder={t('room.chatPlaceholder')}
        maxLength={MAX_LENGTH}
        value={text}
        onChange={({ target }) => setText(target.value)}
        onKeyDown={(event) => {
          // Enter that ends a word being composed, as Vietnamese and others are typed, is not yet meant to send.
          if (event.key === 'Enter' && !event.shiftKey && !event.nativeEvent.isComposing) send(event);
        }}
      />
      <IconButton look="primary" type="submit" label={t('room.send')} disabled={text.trim() === ''}>
        <SendHorizontal size={20} />
      </IconButton>
    </form>
  );
}

/** Keeps the newest in sight, unless one has scrolled up to read. */
function useFollowing(count: number) {
  const list = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true);
  useEffect(() => {
    const shown = list.current;
    const note = () => {
      if (shown) atEnd.current = shown.scrollHeight - shown.scrollTop - shown.clientHeight < NEAR_END;
    };
    shown?.addEventListener('scroll', note, { passive: true });
    return () => shown?.removeEventListener('scroll', note);
  }, []);
  useLayoutEffect(() => {
    void count;
    if (atEnd.current && list.current) list.current.scrollTop = list.current.scrollHeight;
  }, [count]);
  return list;
}
