import { useEffect, useState, useSyncExternalStore } from 'react';
import { openPeer } from './media/open-peer.ts';
import { createOwnMedia } from './media/own-media.ts';
import { createVisit } from './visit/visit.ts';

/** A visit of this page, with the devices that it sends from; both end when the page goes elsewhere. */
export function useVisit(roomKey: string, rpcUrl: string) {
  const [{ media, visit }] = useState(() => {
    const media = createOwnMedia();
    const visit = createVisit({
      roomKey,
      // With ethers in it.
      openChain: async () => (await import('./visit/open-chain.ts')).openChain(rpcUrl),
      openPeer: () => openPeer(media),
    });
    return { media, visit };
  });
  const state = useSyncExternalStore(visit.store.onChange, visit.store.get);
  const devices = useSyncExternalStore(media.store.onChange, media.store.get);

  useEffect(() => {
    void visit.open();
    return () => void visit.close();
  }, [visit]);
  const isOver = state.phase === 'left';
  useEffect(() => {
    if (isOver) return;
    media.start();
    return () => media.stop();
  }, [media, isOver]);

  return { visit, media, state, devices };
}
