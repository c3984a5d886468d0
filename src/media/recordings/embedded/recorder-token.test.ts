import { expect, it } from '@jest/globals';
import { TokenVerifier } from 'livekit-server-sdk';
import { Secret } from '../../../config/index.ts';
import { mintRecorderToken } from './recorder-token.ts';

const secret = 'an-api-secret-of-at-least-32-characters';
const livekit = {
  url: 'http://livekit.test',
  publicUrl: 'wss://livekit.test',
  apiKey: 'a-key',
  apiSecret: new Secret(secret),
  tokenTtl: 90_000,
};

it('lets the recorder hear and see one room, unseen, and nothing else', async () => {
  const token = await mintRecorderToken(livekit, { roomId: 'a-room', recordingId: 'a-recording' });
  const claims = await new TokenVerifier('a-key', secret).verify(token);
  expect(claims).toMatchObject({
    sub: 'recorder:a-recording',
    kind: 'egress',
    video: {
      room: 'a-room',
      hidden: true,
      recorder: true,
      canSubscribe: true,
      canPublish: false,
      canPublishData: false,
    },
    roomConfig: { name: 'a-room', emptyTimeout: 60 },
  });
  expect(claims.video).not.toHaveProperty('roomAdmin');
});
