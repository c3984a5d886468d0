export { connectRedis, type RedisLinks } from './connect.ts';
export { createRedisChannels } from './room-channels.ts';
