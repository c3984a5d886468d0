import { measureHeldJoins } from '../held-joins.ts';
import type { Row } from '../row.ts';

const name = 'join-held';

export const joinHeld: Row = {
  name,
  method:
    '500 users, each in one of 84 rooms of six, join the room in which they hold a seat already. The floor is ' +
    'Express with one `crypto.verify` and one LiveKit token signed by hand; it asks no database.',
  run: (bench) =>
    measureHeldJoins(bench, {
      row: {
        name,
        title: 'join, seat already held',
        against: 'Express, `crypto.verify`, a token by hand',
        goal: { ratio: 0.6, direction: 'at least', p99: 2 },
      },
      floorScript: 'bench/floors/bare-join.ts',
    }),
};
