import type { ErrorCode } from '../../api/types.ts';
import { VisitFailure } from './failure.ts';

/**
 * The SFU's answer in what was forwarded to a wallet (spec/5-chain.md).
 *
 * @param data JSON, as it stands on the chain
 * @returns SDP
 * @throws VisitFailure with the code of a refusal; ANSWER_UNREADABLE
 */
export function answerIn(data: string): string {
  const { type, code, cloudflareResponse } = objectIn(data);
  if (type === 'error' && typeof code === 'string') throw new VisitFailure(code as ErrorCode);
  const answer = isObject(cloudflareResponse) ? cloudflareResponse['answer'] : undefined;
  if ((type === 'join-room' || type === 'publish-track') && typeof answer === 'string') return answer;
  throw new VisitFailure('ANSWER_UNREADABLE');
}

type Loose = Readonly<{
  [name: string]: unknown;
  type?: unknown;
  code?: unknown;
  cloudflareResponse?: unknown;
}>;

const isObject = (value: unknown): value is Loose => typeof value === 'object' && value !== null;

function objectIn(data: string): Loose {
  try {
    const value: unknown = JSON.parse(data);
    return isObject(value) ? value : {};
  } catch (cause) {
    throw new VisitFailure('ANSWER_UNREADABLE', { cause });
  }
}
