import type { Words } from '../en/index.ts';

export const room: Words['room'] = {
  leave: 'Rời phòng',
};
