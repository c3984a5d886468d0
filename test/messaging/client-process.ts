import { connect } from '@nats-io/transport-node';

/** A user's client in a process of its own, to be killed and frozen. Says `in` when it is connected. */
const { servers, token, inboxPrefix } = JSON.parse(process.argv[2] ?? '{}');
const connection = await connect({ servers, token, inboxPrefix, reconnect: false });
console.log('in');
await connection.closed();
