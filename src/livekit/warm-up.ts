import type { SeatedIn } from '../rooms/index.ts';
import type { Mint } from './mint.ts';

/** Does once what the first join would otherwise wait for. */
export async function warmUp(mint: Mint): Promise<void> {
  await mint(NOBODY, undefined);
}

/** A token for nobody and nowhere: minting once loads and compiles what minting needs. */
const NOBODY: SeatedIn = {
  room: {
    id: 'warm-up',
    title: '',
    topic: null,
    language: null,
    maxParticipants: 2,
    access: 'private',
    invited: [],
    e2ee: false,
    status: 'ENDED',
    hostId: 'nobody',
    hostName: null,
    createdAt: new Date(0),
    endedAt: null,
    recording: null,
    seats: [],
    kicked: [],
    version: 0,
    lastSeq: 0,
  },
  participant: {
    roomId: 'warm-up',
    userId: 'nobody',
    name: 'nobody',
    role: 'PARTICIPANT',
    isMuted: true,
    isVideoOff: true,
    isHandRaised: false,
    isKicked: false,
    joinedAt: new Date(0),
    leftAt: null,
  },
};
