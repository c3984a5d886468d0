export const lobby = {
  title: 'Live rooms',
} as const;
