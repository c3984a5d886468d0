import { setTimeout as sleep } from 'node:timers/promises';
import { AccessToken } from 'livekit-server-sdk';
import type { Nodes } from './livekit-nodes.ts';

/** Enough to keep two cores busy. */
const IN_FLIGHT = 8;
const ROOMS = 20;
const DEADLINE = 10_000;

/** A token as the service's, for one of so many rooms. */
export async function tokenFor({ key, secret }: Nodes, room: string, identity: string): Promise<string> {
  const token = new AccessToken(key, secret, { identity, ttl: 600 });
  token.addGrant({ roomJoin: true, room, canPublish: true, canSubscribe: true });
  return token.toJwt();
}

/** Opens LiveKit's signalling as an SDK does, waits for the first message (who is in the room), and hangs up. */
async function connectOnce(nodes: Nodes, number: number): Promise<number> {
  const token = await tokenFor(nodes, `signalling-${number % ROOMS}`, `user-${number}`);
  const began = performance.now();
  const socket = new WebSocket(
    `${nodes.url}/rtc?access_token=${token}&protocol=15&sdk=js&version=2.23.0&auto_subscribe=1`,
  );
  try {
    await new Promise<void>((resolve, reject) => {
      socket.onmessage = () => resolve();
      socket.onerror = () => reject(new Error('no signalling'));
      socket.onclose = () => reject(new Error('hung up'));
      void sleep(DEADLINE, undefined, { ref: false }).then(() => reject(new Error('too slow')));
    });
    return performance.now() - began;
  } finally {
    socket.close();
  }
}

/** As many as it takes, for so long. @returns how long each took, in milliseconds, and how many failed */
export async function signal(nodes: Nodes, forMs: number): Promise<{ times: number[]; failed: number }> {
  const until = performance.now() + forMs;
  const times: number[] = [];
  let failed = 0;
  let number = 0;
  await Promise.all(
    Array.from({ length: IN_FLIGHT }, async () => {
      while (performance.now() < until)
        try {
          number += 1;
          times.push(await connectOnce(nodes, number));
        } catch {
          failed += 1;
        }
    }),
  );
  return { times, failed };
}
