import type { Page } from 'playwright-core';
import { anOffer, audio, video } from '../support/an-offer.ts';

/** A device with nothing but an RTCPeerConnection, as the SFU's callers have it at the other end. */
export type Device = Readonly<{
  /** An offer of a microphone and a camera, on the sections 0 and 1. */
  offerMedia(): Promise<string>;
  /** An offer to receive so many of each. */
  offerToReceive(tracks: { audio: number; video: number }): Promise<string>;
  accept(answer: string): Promise<void>;
  /** The device's answer to an offer of the SFU's. */
  answer(offer: string): Promise<string>;
  close(): Promise<void>;
}>;

const repeat = <T>(times: number, one: T): T[] => Array.from({ length: times }, () => one);

/** One that only writes down what a device would: for an SFU through which no media goes. */
export const paperDevice: Device = {
  offerMedia: async () => anOffer(audio, video),
  offerToReceive: async (tracks) =>
    anOffer(
      ...repeat(tracks.audio, { kind: 'audio', direction: 'recvonly' } as const),
      ...repeat(tracks.video, { kind: 'video', direction: 'recvonly' } as const),
    ),
  accept: async () => {},
  answer: async () => anOffer(audio),
  close: async () => {},
};

export type BrowserDevice = Device &
  Readonly<{ framesOn(mid: string): Promise<number>; close(): Promise<void> }>;

/** Runs in the page, whose types are not ours. */
const IN_PAGE = `(() => {
  const connection = new RTCPeerConnection();
  // WHIP takes one offer: with all its candidates.
  const describe = async () => {
    await connection.setLocalDescription();
    while (connection.iceGatheringState !== 'complete')
      await new Promise((resolve) => connection.addEventListener('icegatheringstatechange', resolve, { once: true }));
    return connection.localDescription.sdp;
  };
  return {
    async offerMedia() {
      const media = await navigator.mediaDevices.getUserMedia({ audio: true, video: { width: 160, height: 120 } });
      for (const track of [...media.getAudioTracks(), ...media.getVideoTracks()])
        connection.addTransceiver(track, { direction: 'sendonly', streams: [media] });
      return describe();
    },
    offerToReceive(tracks) {
      for (const kind of ['audio', 'video'])
        for (let count = 0; count < tracks[kind]; count += 1) connection.addTransceiver(kind, { direction: 'recvonly' });
      return describe();
    },
    accept: (sdp) => connection.setRemoteDescription({ type: 'answer', sdp }),
    async answer(sdp) {
      await connection.setRemoteDescription({ type: 'offer', sdp });
      return describe();
    },
    async framesOn(mid) {
      const stats = [...(await connection.getStats()).values()];
      const inbound = stats.find((one) => one.type === 'inbound-rtp' && one.mid === mid);
      return inbound ? (inbound.kind === 'video' ? inbound.framesDecoded : inbound.packetsReceived) : 0;
    },
    close() {
      for (const { sender } of connection.getTransceivers()) sender.track?.stop();
      connection.close();
    },
  };
})()`;

/** A connection of its own in a page of a real Chromium. */
export async function browserDevice(page: Page): Promise<BrowserDevice> {
  const name = await page.evaluate<string>(`(() => {
    globalThis.devices ??= [];
    return 'devices[' + (devices.push(${IN_PAGE}) - 1) + ']';
  })()`);
  const ask = <T>(method: string, argument: unknown = null): Promise<T> =>
    page.evaluate<T>(`${name}.${method}(${JSON.stringify(argument)})`);
  return {
    offerMedia: () => ask('offerMedia'),
    offerToReceive: (tracks) => ask('offerToReceive', tracks),
    accept: (sdp) => ask('accept', sdp),
    answer: (sdp) => ask('answer', sdp),
    framesOn: (mid) => ask('framesOn', mid),
    close: () => ask('close'),
  };
}
