import { Blocks, Box, MessageSquareReply, RadioTower, SquarePen, X } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { STEPS, type Step, type VisitState } from './visit/visit.ts';

type Stage = 'done' | 'doing' | 'waiting' | 'failed';

const icons: Record<Step, ReactNode> = {
  offer: <SquarePen />,
  mined: <Box />,
  confirmed: <Blocks />,
  answered: <MessageSquareReply />,
  connected: <RadioTower />,
};

/** The way in as a picture: a sign for each step, and the block in which it happened. */
export function Steps({ state }: { state: VisitState }) {
  const { t } = useTranslation();
  const blocks: Partial<Record<Step, number | null>> = {
    mined: state.joinBlock,
    answered: state.answerBlock,
  };
  return (
    <ol className="steps" aria-label={t('wallet.way')}>
      {STEPS.map((step) => {
        const stage = stageOf(step, state);
        const block = blocks[step] ?? null;
        return (
          <li key={step} className={stage} aria-current={stage === 'doing' ? 'step' : undefined}>
            <span className="sign" aria-hidden="true">
              {stage === 'failed' ? <X /> : icons[step]}
            </span>
            <span>{t(`wallet.step.${step}`)}</span>
            <span className="only-read">{t(`wallet.state.${stage}`)}</span>
            {block !== null && <span className="block">{t('wallet.block', { block })}</span>}
          </li>
        );
      })}
    </ol>
  );
}

function stageOf(step: Step, { phase, step: current }: VisitState): Stage {
  const [at, now] = [STEPS.indexOf(step), STEPS.indexOf(current)];
  if (at < now || phase === 'in') return 'done';
  if (at > now) return 'waiting';
  return phase === 'failed' ? 'failed' : 'doing';
}
