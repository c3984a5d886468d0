import { parseDocument } from 'yaml';

/** What differs between the operator's `livekit.yaml` and one node of a stack. */
export interface LivekitNode {
  readonly port: number;
  readonly tcpPort: number;
  readonly udpPort: number;
  /** `redis://[user:password@]host:port[/db]` */
  readonly redisUrl: string;
  /** The gateway's, under which the webhook is reached. */
  readonly publicUrl: string;
  readonly apiKey: string;
}

/**
 * The configuration of one node, as YAML: the operator's file with the node's ports, on loopback only.
 * Everything else, comments included, stays as the operator wrote it.
 */
export function livekitConfig(operatorsYaml: string, node: LivekitNode): string {
  const config = parseDocument(operatorsYaml);
  const redis = new URL(node.redisUrl);
  config.set('port', node.port);
  config.set('bind_addresses', ['127.0.0.1']);
  config.setIn(['rtc', 'tcp_port'], node.tcpPort);
  config.setIn(['rtc', 'udp_port'], node.udpPort);
  // Only there. With a socket at another address of the machine too, that may be the one that a node answers from,
  // while clients are told of one address, `node_ip`: a relay lets nothing through from one that it does not know.
  config.setIn(['rtc', 'enable_loopback_candidate'], true);
  config.setIn(['rtc', 'ips', 'includes'], ['127.0.0.1/32']);
  config.setIn(['redis', 'address'], `${redis.hostname}:${redis.port || '6379'}`);
  if (redis.username) config.setIn(['redis', 'username'], decodeURIComponent(redis.username));
  if (redis.password) config.setIn(['redis', 'password'], decodeURIComponent(redis.password));
  if (redis.pathname.length > 1) config.setIn(['redis', 'db'], Number(redis.pathname.slice(1)));
  config.setIn(['webhook', 'api_key'], node.apiKey);
  config.setIn(['webhook', 'urls'], [`${node.publicUrl}/api/realtime/webhooks/livekit`]);
  return String(config);
}
