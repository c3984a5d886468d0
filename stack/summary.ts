import { dev } from './dev-values.ts';
import type { Stack } from './stack.ts';

/** The commands that show the product working, to be pasted into a shell. Needs curl, grep and cut. */
function tryIt(publicUrl: string, issuer: string): string {
  return `TOKEN=$(curl -s ${issuer}/protocol/openid-connect/token \\
  -d grant_type=password -d client_id=${dev.webClientId} -d username=alice -d password=alice \\
  | grep -o '"access_token":"[^"]*"' | cut -d'"' -f4)
ROOM=$(curl -s ${publicUrl}/api/realtime/rooms -H "Authorization: Bearer $TOKEN" \\
  -H 'Content-Type: application/json' -d '{"title":"Hello"}' \\
  | grep -o '"id":"[^"]*"' | head -n 1 | cut -d'"' -f4)
curl -s -X POST ${publicUrl}/api/realtime/rooms/$ROOM/join -H "Authorization: Bearer $TOKEN"; echo`;
}

/** What to show when everything is up. `seconds`: how long that took. */
export function summaryOf(stack: Stack, seconds: number): string {
  const { outputs, servers } = stack;
  const url = (name: string): string => outputs[name] ?? '';
  const lines: string[] = ['', `Everything is up (${seconds} s).`, ''];
  const row = (what: string, where: string): number => lines.push(`  ${what.padEnd(15)} ${where}`);
  const runs = (name: string): boolean => servers.has(name);
  if (runs('gateway') && runs('service-1')) {
    lines.push(
      `Open ${url('PUBLIC_URL')} and sign in as alice (password alice).`,
      'To talk with somebody, open it in a private window as well, as bob (password bob).',
      '',
    );
  }
  if (runs('gateway')) {
    row('Page and API', `${url('PUBLIC_URL')}   ${url('PUBLIC_TLS_URL')}`);
    row('API docs', `${url('PUBLIC_URL')}/api/realtime/docs`);
  }
  if (runs('nats')) row('NATS', `${url('NATS_PUBLIC_URL')}   (docs/messaging.md)`);
  if (runs('anvil')) row('Chain', `${url('CHAIN_URL')}   (contract ${url('CHAIN_CONTRACT')})`);
  if (runs('zipkin')) row('Zipkin', url('ZIPKIN_URL').replace('/api/v2/spans', '/zipkin/'));
  if (runs('keycloak')) {
    const login = `${dev.keycloakAdmin} / ${dev.keycloakAdminPassword}`;
    row('Keycloak', `${url('KEYCLOAK_URL')}/admin/master/console/#/${dev.realm}   (${login})`);
    row('Users', `${dev.users.join(', ')}; administrator ${dev.administrator} (password = name)`);
  }
  row('Started', [...servers.keys()].join(', '));
  row('Logs, data', stack.stateDir);
  if (runs('gateway') && runs('service-1')) {
    lines.push('', 'Join a room as alice (paste all of it into another shell):', '');
    lines.push(tryIt(url('PUBLIC_URL'), url('KEYCLOAK_ISSUER')));
  }
  lines.push('', 'Ctrl-C stops all of it.', '');
  return lines.join('\n');
}
