/** What differs between the operator's `config/turnserver.conf` and the server of a stack. */
export interface CoturnServer {
  readonly port: number;
  /** The first and the last port that a relay may have. */
  readonly relayPorts: readonly [number, number];
  /** Known to the service too, which mints the credentials. */
  readonly secret: string;
  /** Where it may write. */
  readonly folder: string;
}

/** The operator's file with the server's own values, on loopback only. All else stays as the operator wrote it. */
export function coturnConfig(operators: string, server: CoturnServer): string {
  const [first, last] = server.relayPorts;
  const own: Readonly<Record<string, string>> = {
    'listening-port': `${server.port}`,
    'listening-ip': '127.0.0.1',
    'min-port': `${first}`,
    'max-port': `${last}`,
    'static-auth-secret': server.secret,
    userdb: `${server.folder}/turndb`,
    pidfile: `${server.folder}/turnserver.pid`,
  };
  const lines = operators.split('\n').map((line) => {
    const [name = ''] = line.split('=', 1);
    return line.includes('=') && name in own ? `${name}=${own[name]}` : line;
  });
  // Where it listens it relays from: other addresses than loopback's need no telling apart.
  return lines.filter((line) => !line.startsWith('external-ip=')).join('\n');
}
