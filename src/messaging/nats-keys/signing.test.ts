import { describe, expect, it } from '@jest/globals';
import { createAccount, createServer, fromPublic } from '@nats-io/nkeys';
import { createSigner, createVerify } from './signing.ts';

const account = createAccount();
const ours = createSigner('account', Buffer.from(account.getSeed()).toString());
const text = 'what is signed: 💬';
const bytes = Buffer.from(text);

describe('a signer', () => {
  it('has the public key that the official library gives the seed', () => {
    expect(ours.publicKey).toBe(account.getPublicKey());
  });

  it("signs with the official library's bytes", () => {
    expect(ours.sign(text)).toEqual(Buffer.from(account.sign(bytes)));
  });

  it('is believed by the official library', () => {
    expect(fromPublic(ours.publicKey).verify(bytes, ours.sign(text))).toBe(true);
  });
});

describe('a signature', () => {
  const verify = createVerify();
  const server = createServer();
  const signature = server.sign(bytes);

  it('of the official library is believed', () => {
    expect(verify('server', server.getPublicKey(), text, signature)).toBe(true);
  });

  it.each<[string, boolean]>([
    ['of another text', verify('server', server.getPublicKey(), `${text}.`, signature)],
    ['of another key', verify('server', createServer().getPublicKey(), text, signature)],
    [
      'that was changed',
      verify(
        'server',
        server.getPublicKey(),
        text,
        signature.map((byte) => byte ^ 1),
      ),
    ],
    ['that is none', verify('server', server.getPublicKey(), text, Buffer.alloc(0))],
    ['of a key of another kind', verify('server', ours.publicKey, text, ours.sign(text))],
    ['of what is no key', verify('server', 'NOBODY', text, signature)],
  ])('is not believed: %s', (_what, believed) => {
    expect(believed).toBe(false);
  });
});
