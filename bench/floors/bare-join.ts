import { createHmac, createPublicKey, verify } from 'node:crypto';
import express from 'express';
import { mongo } from 'mongoose';

/**
 * The floor of a join, a process of its own: Express, one RS256 check with node:crypto, one LiveKit token put
 * together by hand; with MONGO_URL also one bare `updateOne` that claims a seat. No log, no trace, no second look.
 */

const { PORT, ISSUER, PUBLIC_KEY, LIVEKIT_PUBLIC_URL, LIVEKIT_API_KEY, LIVEKIT_API_SECRET, MONGO_URL } =
  process.env as Record<string, string>;
const key = createPublicKey(PUBLIC_KEY ?? '');
const secret = LIVEKIT_API_SECRET ?? '';
const header = Buffer.from('{"alg":"HS256"}').toString('base64url');
/** As the service's: seconds that a LiveKit token lasts. */
const LIFETIME = 120;

type Claims = {
  sub: string;
  name: string;
  iss: string;
  aud: string[];
  azp: string;
  typ: string;
  exp: number;
};

function userOf(authorization = ''): Claims | undefined {
  const token = authorization.slice('Bearer '.length);
  const dot = token.lastIndexOf('.');
  const input = token.slice(0, dot);
  const signature = Buffer.from(token.slice(dot + 1), 'base64url');
  if (!verify('RSA-SHA256', Buffer.from(input), key, signature)) return undefined;
  const payload = input.slice(input.indexOf('.') + 1);
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Claims;
  const isOurs = claims.iss === ISSUER && claims.aud.includes('realtime-service') && claims.azp === 'web';
  return isOurs && claims.typ === 'Bearer' && claims.exp > Date.now() / 1_000 ? claims : undefined;
}

function mint(room: string, { sub, name }: Claims): string {
  const now = Math.floor(Date.now() / 1_000);
  const claims = {
    attributes: { role: 'PARTICIPANT' },
    name,
    video: {
      roomJoin: true,
      room,
      canSubscribe: true,
      canPublish: true,
      canPublishSources: ['camera', 'microphone'],
      canPublishData: false,
      canUpdateOwnMetadata: false,
    },
    roomConfig: { name: room, emptyTimeout: 60, departureTimeout: 20, maxParticipants: 16 },
    iss: LIVEKIT_API_KEY,
    exp: now + LIFETIME,
    nbf: now,
    sub,
  };
  const input = `${header}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}`;
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
}

type FloorRoom = { _id: string; seats: { userId: string; joinedAt: Date }[] };
/** Taken when the room of six is full. */
const LAST_SEAT = 'seats.5';

/** One conditional write: the seat is taken only if there is one, and only once. */
function seatClaim(rooms: mongo.Collection<FloorRoom>) {
  return async (room: string, userId: string): Promise<boolean> => {
    const { matchedCount } = await rooms.updateOne(
      { _id: room, 'seats.userId': { $ne: userId }, [LAST_SEAT]: { $exists: false } },
      { $push: { seats: { userId, joinedAt: new Date() } } },
    );
    return matchedCount === 1;
  };
}

const client = MONGO_URL ? await mongo.MongoClient.connect(MONGO_URL, { maxPoolSize: 50 }) : undefined;
const claim = client && seatClaim(client.db().collection<FloorRoom>('rooms'));

const app = express();
app.get('/', (_request, response) => void response.send('ready'));
app.post('/api/realtime/rooms/:roomId/join', async (request, response) => {
  const claims = userOf(request.headers.authorization);
  if (!claims) return void response.sendStatus(401);
  const { roomId } = request.params;
  if (claim && !(await claim(roomId, claims.sub))) return void response.sendStatus(409);
  response.status(201).json({ server_url: LIVEKIT_PUBLIC_URL, participant_token: mint(roomId, claims) });
});
app.listen(Number(PORT), '127.0.0.1');
