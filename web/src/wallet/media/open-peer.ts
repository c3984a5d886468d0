import { VisitFailure } from '../visit/failure.ts';
import type { Peer } from '../visit/visit.ts';
import { KINDS, type Kind, type OwnMedia } from './own-media.ts';

/** Gathering without servers is done at once; a network that hangs is not waited for. Milliseconds. */
const GATHERED_WITHIN = 5_000;

/** A connection that sends what the devices give, and goes on with what they give later. */
export function openPeer({ store }: Pick<OwnMedia, 'store'>): Peer {
  const connection = new RTCPeerConnection();
  const stream = new MediaStream();
  // One that is off may be turned on later; one that is not there cannot.
  const sent = KINDS.filter((kind) => store.get()[kind].failure === null);
  const senders = new Map<Kind, RTCRtpSender>();
  for (const kind of sent) {
    const how: RTCRtpTransceiverInit = { direction: 'sendonly', streams: [stream] };
    const what = store.get()[kind].track ?? (kind === 'camera' ? 'video' : 'audio');
    senders.set(kind, connection.addTransceiver(what, how).sender);
  }
  const stop = store.onChange(() => {
    for (const [kind, sender] of senders) {
      const { track } = store.get()[kind];
      if (sender.track !== track) void sender.replaceTrack(track).catch(() => {});
    }
  });

  return {
    tracks: sent,
    async offer() {
      if (sent.length === 0) throw new VisitFailure('NO_DEVICES');
      await connection.setLocalDescription();
      await gathered(connection);
      return connection.localDescription?.sdp ?? '';
    },
    take: (sdp) => connection.setRemoteDescription({ type: 'answer', sdp }),
    onState(listener) {
      const tell = () => {
        const { connectionState } = connection;
        if (connectionState === 'connected' || connectionState === 'failed') listener(connectionState);
      };
      connection.addEventListener('connectionstatechange', tell);
      return () => connection.removeEventListener('connectionstatechange', tell);
    },
    close() {
      stop();
      connection.close();
    },
  };
}

function gathered(connection: RTCPeerConnection): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, GATHERED_WITHIN);
    const look = () => {
      if (connection.iceGatheringState !== 'complete') return;
      clearTimeout(timer);
      resolve();
    };
    connection.addEventListener('icegatheringstatechange', look);
    look();
  });
}
