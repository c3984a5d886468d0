import { randomUUID } from 'node:crypto';
import { Contract, type EventLog, Wallet } from 'ethers';
import { RoomServiceClient } from 'livekit-server-sdk';
import { type Browser, chromium } from 'playwright-core';
import { ABI } from '../src/chain/contract.ts';
import { roomKeyOf } from '../src/chain/names.ts';
import { connectTo } from './chain/deploy.ts';
import { outputsOfRunning } from './running.ts';
import { installTools } from './tools/install-tools.ts';

/**
 * `npm run demo:chain`, beside a running `npm start`: a wallet joins a room through the contract, its peer in a real
 * Chromium gets the answer from the chain, and its media arrives in LiveKit.
 */

/** Milliseconds. */
const ANSWERED_WITHIN = 30_000;
const ARRIVES_WITHIN = 15_000;

const outputs = outputsOfRunning(process.env);
const output = (name: string): string => outputs[name] ?? '';

/** Runs in the page: a connection with a camera and a microphone, which Chromium makes up. */
const OFFER = `(async () => {
  const media = await navigator.mediaDevices.getUserMedia({ audio: true, video: true });
  globalThis.connection = new RTCPeerConnection();
  for (const track of media.getTracks()) connection.addTransceiver(track, { direction: 'sendonly', streams: [media] });
  await connection.setLocalDescription();
  while (connection.iceGatheringState !== 'complete') await new Promise((resolve) => setTimeout(resolve, 50));
  return connection.localDescription.sdp;
})()`;
const accept = (sdp: string): string =>
  `connection.setRemoteDescription({ type: 'answer', sdp: ${JSON.stringify(sdp)} })`;
const PACKETS = `(async () => {
  let packets = 0;
  for (const one of (await connection.getStats()).values()) if (one.type === 'remote-inbound-rtp') packets += 1;
  return [connection.connectionState, packets];
})()`;

async function until<T>(what: string, within: number, look: () => Promise<T | undefined>): Promise<T> {
  const deadline = performance.now() + within;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (performance.now() > deadline) throw new Error(`${what} did not come within ${within / 1_000} s`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

async function openBrowser(): Promise<Browser> {
  const executablePath = (await installTools(['chromium'])).get('chromium') ?? '';
  const media = ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'];
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu', ...media] });
}

async function demo(browser: Browser, provider: ReturnType<typeof connectTo>): Promise<void> {
  const page = await browser.newPage();
  await page.goto(output('PUBLIC_URL'));
  const offer = await page.evaluate<string>(OFFER);
  console.log(`A peer in Chromium has made its offer (${offer.length} characters).`);

  const wallet = Wallet.createRandom().connect(provider);
  await provider.send('anvil_setBalance', [wallet.address, '0xde0b6b3a7640000']);
  const roomId = randomUUID();
  const key = roomKeyOf(roomId);
  const contract = new Contract(
    output('CHAIN_CONTRACT'),
    [...ABI, 'function joinRoom(bytes32, string, string[])', 'function leaveRoom(bytes32)'],
    wallet,
  );
  const sent = await contract.getFunction('joinRoom')(key, offer, ['microphone', 'camera']);
  const joined = await sent.wait();
  console.log(`Wallet ${wallet.address} joined room ${roomId} in block ${joined.blockNumber}.`);

  const told = contract.getEvent('EventForwarded')(key, wallet.address);
  const log = await until('the answer', ANSWERED_WITHIN, async () => {
    const [first] = await contract.queryFilter(told, joined.blockNumber);
    return first as EventLog | undefined;
  });
  const reply = JSON.parse(log.args[2]) as { type: string; cloudflareResponse?: { answer: string } };
  if (!reply.cloudflareResponse) throw new Error(`it was refused: ${log.args[2]}`);
  console.log(`The answer (${reply.type}) is on the chain, in block ${log.blockNumber}.`);

  await page.evaluate(accept(reply.cloudflareResponse.answer));
  await until('its media', ARRIVES_WITHIN, async () => {
    const [state, packets] = await page.evaluate<[string, number]>(PACKETS);
    // LiveKit itself reports what it receives.
    return state === 'connected' && packets > 0 ? true : undefined;
  });
  const livekit = new RoomServiceClient(
    output('LIVEKIT_URL'),
    output('LIVEKIT_API_KEY'),
    output('LIVEKIT_API_SECRET'),
  );
  const [participant] = await livekit.listParticipants(roomId);
  const tracks = participant?.tracks.map(({ mimeType }) => mimeType).join(', ');
  console.log(`LiveKit receives ${tracks} from ${participant?.identity}.`);

  await (await contract.getFunction('leaveRoom')(key)).wait();
  console.log('The wallet left. The whole way is one trace, from the block to the receipt of the answer:');
  const query = new URLSearchParams({
    annotationQuery: `chain.transaction=${sent.hash}`,
    lookback: '900000',
  });
  console.log(new URL(`/zipkin/?${query}`, output('ZIPKIN_URL')).href);
}

const provider = connectTo(output('CHAIN_URL').replace(/^ws/, 'http'));
let browser: Browser | null = null;
try {
  browser = await openBrowser();
  await demo(browser, provider);
} catch (error) {
  console.error(
    `The demo needs a running stack (npm start): ${error instanceof Error ? error.message : error}`,
  );
  process.exitCode = 1;
} finally {
  provider.destroy();
  await browser?.close();
}
