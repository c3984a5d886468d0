export { createIceServers, type IceServer, type IceServersFor } from './ice-servers.ts';
