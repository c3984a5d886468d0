export const room = {
  leave: 'Leave',
} as const;
