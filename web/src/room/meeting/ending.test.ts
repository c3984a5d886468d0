import { describe, expect, it } from '@jest/globals';
import { DisconnectReason } from 'livekit-client';
import type { FailureCode } from '../../api/api-error.ts';
import { endingOfCode, endingOfDisconnect } from './ending.ts';

describe('a refusal', () => {
  it.each<[FailureCode, string]>([
    ['ROOM_NOT_FOUND', 'not-found'],
    ['ROOM_ENDED', 'ended'],
    ['ROOM_FULL', 'full'],
    ['KICKED', 'kicked'],
    ['NOT_INVITED', 'not-invited'],
    ['SIGNED_OUT', 'signed-out'],
    ['UNAUTHENTICATED', 'signed-out'],
    ['TOKEN_REVOKED', 'signed-out'],
    ['TOKEN_EXPIRED', 'signed-out'],
    ['TOKEN_INVALID', 'signed-out'],
  ])('by %s ends the visit: %s', (code, ending) => {
    expect(endingOfCode(code)).toBe(ending);
  });

  it.each<FailureCode>([
    'UNREACHABLE',
    'GATEWAY_NO_INSTANCE',
    'UNKNOWN',
    'STORE_UNAVAILABLE',
    'KEYCLOAK_UNAVAILABLE',
    'LIVEKIT_UNAVAILABLE',
    'RATE_LIMITED',
    'BUSY',
    'SHUTTING_DOWN',
    'INTERNAL',
  ])('by %s passes', (code) => {
    expect(endingOfCode(code)).toBeNull();
  });
});

describe("LiveKit's farewell", () => {
  it.each([
    ['DUPLICATE_IDENTITY', 'elsewhere'],
    ['ROOM_DELETED', 'ended'],
    ['PARTICIPANT_REMOVED', 'removed'],
    ['SERVER_SHUTDOWN', null],
    ['SIGNAL_CLOSE', null],
    ['STATE_MISMATCH', null],
    ['UNKNOWN_REASON', null],
  ] as const)('%s means %s', (reason, ending) => {
    expect(endingOfDisconnect(DisconnectReason[reason])).toBe(ending);
  });

  it('without a reason is a cut', () => {
    expect(endingOfDisconnect(undefined)).toBeNull();
  });
});
