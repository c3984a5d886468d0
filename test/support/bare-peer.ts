import { readFileSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { output } from './stack.ts';

/**
 * Peers without an SDK, in a real Chromium with a fake camera and microphone. Their client is the one that docs/media.md
 * shows, word for word.
 */

export type Asked = Readonly<{
  token: string;
  roomId: string;
  peerId: string;
  send?: readonly ('audio' | 'video')[];
  receive?: Readonly<{ audio?: number; video?: number }>;
  subscribe?: readonly { identity: string; tracks: readonly string[] }[];
}>;
export type Joined = Readonly<{
  refused: string | null;
  detail?: string;
  tracks: { mid: string; identity: string; name: string }[];
}>;
export type Flow = Readonly<{ state: string; sent: number; received: number; byMid: Record<string, number> }>;
export type Offered = Readonly<{ sdp: string; candidates: Record<string, unknown>[] }>;
type OfferOf = Readonly<{ send?: Asked['send']; receive?: Asked['receive']; gather?: boolean }>;

const document = readFileSync(new URL('../../docs/media.md', import.meta.url), 'utf8');
const [, client = ''] = /```js\n(\/\*\*[\s\S]*?)```/.exec(document) ?? [];
const tools = readFileSync(new URL('./bare-peer.page.js', import.meta.url), 'utf8');

export type PeerPage = AsyncDisposable & ReturnType<typeof toolsOf>;

/** A page of the gateway's, so that it may reach LiveKit on loopback. */
export async function openPeerPage(browser: Browser): Promise<PeerPage> {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(output('PUBLIC_URL'));
  await page.evaluate(`${client}\nglobalThis.joinWithoutSdk = joinWithoutSdk;\n${tools}`);
  return { ...toolsOf(page), [Symbol.asyncDispose]: () => context.close() };
}

function toolsOf(page: Page) {
  const run = <T>(name: string, argument: unknown): Promise<T> =>
    page.evaluate<T>(`${name}(${JSON.stringify(argument)})`);
  return {
    /** Joins by the document's client. */
    open: (asked: Asked) => run<Joined>('openPeer', asked),
    flow: (peerId: string) => run<Flow>('flowOf', peerId),
    leave: (peerId: string) => run<void>('leavePeer', peerId),
    /** Goes without a word. */
    drop: (peerId: string) => run<void>('dropPeer', peerId),
    /** An offer to be sent by another way, and the candidates that belong to it. */
    offer: (peerId: string, asked: OfferOf) => run<Offered>('makeOffer', { peerId, ...asked }),
    offerAgain: (peerId: string, asked: { iceRestart?: boolean } = {}) =>
      run<Offered>('offerAgain', { peerId, ...asked }),
    answer: (peerId: string, sdp: string) => run<void>('takeAnswer', { peerId, sdp }),
    localSdp: (peerId: string) => run<string>('localSdp', peerId),
    remoteSdp: (peerId: string) => run<string>('remoteSdp', peerId),
    /** The page goes, as a browser that is killed does. */
    close: () => page.close(),
  };
}
