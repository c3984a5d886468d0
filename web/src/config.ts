/** What differs from one deployment to the next; the gateway answers it from its environment. */
export type PageConfig = Readonly<{
  /** Where people sign in: the issuer of their tokens, and who the page is there. */
  oidc: Readonly<{ authority: string; clientId: string }>;
  /** The node of a development chain, by whose contract wallets come into rooms; where there is none, it is empty. */
  chain?: Readonly<{ rpcUrl: string }>;
}>;

/** @throws Error when the gateway does not answer it */
export async function loadConfig(): Promise<PageConfig> {
  const answer = await fetch('/config.json', { signal: AbortSignal.timeout(10_000) });
  if (!answer.ok) throw new Error(`GET /config.json answered ${answer.status}`);
  return (await answer.json()) as PageConfig;
}
