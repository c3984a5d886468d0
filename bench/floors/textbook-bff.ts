import express from 'express';
import Keycloak from 'keycloak-connect';
import { AccessToken, RoomServiceClient } from 'livekit-server-sdk';

/**
 * The backend-for-frontend that the tutorials of Keycloak and LiveKit add up to, a process of its own:
 * keycloak-connect guards the route, LiveKit is asked whether the room is there and who is in it, its SDK
 * mints the token.
 */

const { PORT, ISSUER_URL, REALM, LIVEKIT_URL, LIVEKIT_PUBLIC_URL, LIVEKIT_API_KEY, LIVEKIT_API_SECRET } =
  process.env as Record<string, string>;
const MAX_PARTICIPANTS = 6;

const keycloak = new Keycloak(
  {},
  {
    realm: REALM ?? '',
    'auth-server-url': ISSUER_URL ?? '',
    resource: 'realtime-service',
    'bearer-only': true,
    'ssl-required': 'external',
    'confidential-port': 0,
  },
);
const livekit = new RoomServiceClient(LIVEKIT_URL ?? '', LIVEKIT_API_KEY, LIVEKIT_API_SECRET);

/** What keycloak-connect leaves on the request. */
type Guarded = { kauth?: { grant?: { access_token?: { content: { sub: string; name: string } } } } };

const app = express();
app.get('/', (_request, response) => void response.send('ready'));
app.use(keycloak.middleware());
app.post('/api/realtime/rooms/:roomId/join', keycloak.protect(), async (request, response) => {
  const roomId = String(request.params['roomId']);
  const user = (request as Guarded).kauth?.grant?.access_token?.content;
  if (!user) return void response.sendStatus(401);
  const [room] = await livekit.listRooms([roomId]);
  if (!room) return void response.sendStatus(404);
  const participants = await livekit.listParticipants(roomId);
  const isIn = participants.some(({ identity }) => identity === user.sub);
  if (!isIn && participants.length >= MAX_PARTICIPANTS) return void response.sendStatus(409);
  const token = new AccessToken(LIVEKIT_API_KEY, LIVEKIT_API_SECRET, {
    identity: user.sub,
    name: user.name,
    ttl: 120,
  });
  token.addGrant({ roomJoin: true, room: roomId, canPublish: true, canSubscribe: true });
  response.status(201).json({ server_url: LIVEKIT_PUBLIC_URL, participant_token: await token.toJwt() });
});
app.listen(Number(PORT), '127.0.0.1');
