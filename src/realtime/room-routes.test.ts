import { describe, expect, it } from '@jest/globals';
import { aRoom } from '../../test/support/a-room.ts';
import { refuseStrangers } from './room-routes.ts';

const hidden = aRoom({ access: 'private', invited: ['host', 'friend', 'enemy'], kicked: ['enemy', 'foe'] });
const refused = (code: string) => expect.objectContaining({ code });

describe('a private room', () => {
  it.each(['host', 'friend'])('shows itself to %s, whom it takes', (viewerId) => {
    expect(() => refuseStrangers(hidden, viewerId)).not.toThrow();
  });

  it.each(['enemy', 'foe'])('tells %s, invited or not, that they were removed', (viewerId) => {
    expect(() => refuseStrangers(hidden, viewerId)).toThrow(refused('KICKED'));
  });

  it('tells a stranger that they are not invited, and one who is not signed in to do so', () => {
    expect(() => refuseStrangers(hidden, 'a-stranger')).toThrow(refused('NOT_INVITED'));
    expect(() => refuseStrangers(hidden, null)).toThrow(refused('UNAUTHENTICATED'));
  });
});

it.each(['enemy', 'a-stranger', null])('a public room shows itself to %j', (viewerId) => {
  expect(() => refuseStrangers(aRoom({ kicked: ['enemy'] }), viewerId)).not.toThrow();
});
