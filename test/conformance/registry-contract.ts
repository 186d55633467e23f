// The contract of the Registry port, for the real adapter before a real registry and for the simulated one:
// which digest stands behind a reference, and what is said where none is given.

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Sealed } from '../../src/kernel/sealed.ts';
import type { RegistryCredential } from '../../src/ports/host.ts';
import type { Registry } from '../../src/ports/registry.ts';

/** A registry in which images can be pushed, and what can be the matter with it. */
export interface RegistryUnderTest {
  /** `10.0.0.2:5000`: what references begin with. */
  readonly address: string;
  /** A new adapter, which has asked nothing yet. */
  open(): Registry;
  /** Pushes an image of other content each time; gives its digest. */
  push(repository: string, tag: string): Promise<string>;
  remove(repository: string, digest: string): Promise<void>;
  readonly account: { readonly username: string; readonly password: string };
  stop(): Promise<void>;
  start(): Promise<void>;
  /** Connections are accepted and never answered. */
  freeze(): Promise<void>;
  thaw(): Promise<void>;
  /** Answers 429 and `Retry-After: 30`, until told otherwise. */
  limitRate(isLimited: boolean): void;
  close(): Promise<void>;
}

interface Bench {
  readonly subject: () => RegistryUnderTest;
  readonly using: () => Registry;
  readonly reference: (name: string) => string;
}

const DIGEST = /^sha256:[0-9a-f]{64}$/;
const OPTIONS = { deadlineMs: 5_000 };
const NOBODYS_DIGEST = `sha256:${'5'.repeat(64)}`;

export function registryContract(
  name: string,
  make: (guise: 'open' | 'password') => Promise<RegistryUnderTest>,
): void {
  const benchOf = (guise: 'open' | 'password'): Bench => {
    let made: RegistryUnderTest | null = null;
    let opened: Registry | null = null;
    const present = <T>(value: T | null): T => {
      if (value === null) throw new Error('the registry could not be made');
      return value;
    };
    beforeAll(async () => {
      made = await make(guise);
    });
    beforeEach(() => {
      opened = present(made).open();
    });
    afterAll(() => made?.close());
    const subject = () => present(made);
    return { subject, using: () => present(opened), reference: (text) => `${subject().address}/${text}` };
  };
  describe(`${name} that is open`, () => {
    const bench = benchOf('open');
    describe('gives', () => digestCases(bench));
    describe('that does not serve', () => {
      outageCases(bench);
      rateCases(bench);
    });
  });
  describe(`${name} with a password`, () => passwordCases(benchOf('password')));
}

function digestCases({ subject, using, reference }: Bench): void {
  it('the digest behind a tag, and behind `latest` where no tag is named', async () => {
    const [first, latest] = [
      await subject().push('team/api', 'v1'),
      await subject().push('team/api', 'latest'),
    ];
    expect([first, latest]).toEqual([expect.stringMatching(DIGEST), expect.stringMatching(DIGEST)]);
    expect(await using().resolve(reference('team/api:v1'), null, OPTIONS)).toEqual({
      ok: true,
      value: first,
    });
    expect(await using().resolve(reference('team/api'), null, OPTIONS)).toEqual({ ok: true, value: latest });
  });

  it('another digest when the tag was moved, to the same adapter', async () => {
    const before = await subject().push('team/moved', 'v1');
    expect(await using().resolve(reference('team/moved:v1'), null, OPTIONS)).toEqual({
      ok: true,
      value: before,
    });
    const after = await subject().push('team/moved', 'v1');
    expect(after).not.toBe(before);
    expect(await using().resolve(reference('team/moved:v1'), null, OPTIONS)).toEqual({
      ok: true,
      value: after,
    });
  });

  it('image/not-found for an unknown tag, an unknown repository, and an image that was removed', async () => {
    const digest = await subject().push('team/gone', 'v1');
    expect((await using().resolve(reference('team/gone:v1'), null, OPTIONS)).ok).toBe(true);
    await subject().remove('team/gone', digest);
    for (const missing of ['team/gone:v1', 'team/gone:v2', 'team/nobody:v1'])
      expect(await using().resolve(reference(missing), null, OPTIONS)).toMatchObject({
        ok: false,
        error: { code: 'image/not-found', message: expect.stringContaining(missing) },
      });
  });

  it('the same answer to a login that it does not need', async () => {
    const digest = await subject().push('team/api', 'v3');
    const credential = { registry: subject().address, username: 'x', password: new Sealed('y') };
    expect(await using().resolve(reference('team/api:v3'), credential, OPTIONS)).toEqual({
      ok: true,
      value: digest,
    });
  });

  it('its answer to everybody who asks at once', async () => {
    const digests = await Promise.all(['a', 'b', 'c', 'd'].map((tag) => subject().push('team/many', tag)));
    const asked = Array.from({ length: 24 }, (_, n) => ['a', 'b', 'c', 'd'][n % 4]);
    const port = using();
    const answers = await Promise.all(
      asked.map((tag) => port.resolve(reference(`team/many:${tag}`), null, OPTIONS)),
    );
    expect(answers).toEqual(asked.map((_, n) => ({ ok: true, value: digests[n % 4] })));
  });

  it('image/reference for what names no image', async () => {
    for (const nonsense of ['Not An Image', reference('UPPER:v1'), reference('team/api@sha256:12')])
      expect(await using().resolve(nonsense, null, OPTIONS)).toMatchObject({
        ok: false,
        error: { code: 'image/reference' },
      });
  });
}

function outageCases({ subject, using, reference }: Bench): void {
  const goesOn = async (tag: string, digest: string): Promise<void> =>
    expect(await using().resolve(reference(`team/api:${tag}`), null, OPTIONS)).toEqual({
      ok: true,
      value: digest,
    });

  it('is image/registry while it is down, says a digest by itself, and is found again', async () => {
    const digest = await subject().push('team/api', 'down');
    await goesOn('down', digest);
    await subject().stop();
    try {
      const answer = await using().resolve(reference('team/api:down'), null, OPTIONS);
      expect(answer).toMatchObject({ ok: false, error: { code: 'image/registry' } });
      expect(answer.ok || answer.error.message).toContain('cannot be reached');
      const pinned = reference(`team/api:down@${NOBODYS_DIGEST}`);
      expect(await using().resolve(pinned, null, OPTIONS)).toEqual({ ok: true, value: NOBODYS_DIGEST });
    } finally {
      await subject().start();
    }
    await goesOn('down', digest);
  });

  it('is image/registry at the deadline when it accepts and is silent', async () => {
    const digest = await subject().push('team/api', 'silent');
    await subject().freeze();
    const beganMs = performance.now();
    try {
      expect(await using().resolve(reference('team/api:silent'), null, { deadlineMs: 400 })).toMatchObject({
        ok: false,
        error: { code: 'image/registry' },
      });
    } finally {
      await subject().thaw();
    }
    expect(performance.now() - beganMs).toBeGreaterThan(300);
    expect(performance.now() - beganMs).toBeLessThan(1_500);
    await goesOn('silent', digest);
  });

  it('is image/registry as soon as the question is given up', async () => {
    await subject().push('team/api', 'given-up');
    await subject().freeze();
    const beganMs = performance.now();
    try {
      for (const signal of [AbortSignal.abort(), AbortSignal.timeout(200)]) {
        const answer = await using().resolve(reference('team/api:given-up'), null, { ...OPTIONS, signal });
        expect(answer).toMatchObject({ ok: false, error: { code: 'image/registry' } });
        expect(answer.ok || answer.error.message).toContain('given up');
      }
    } finally {
      await subject().thaw();
    }
    expect(performance.now() - beganMs).toBeLessThan(2_000);
  });
}

function rateCases({ subject, using, reference }: Bench): void {
  it('is image/registry, and no refusal for good, while it limits the rate', async () => {
    const digest = await subject().push('team/api', 'limited');
    subject().limitRate(true);
    try {
      for (const tag of ['limited', 'unknown']) {
        const answer = await using().resolve(reference(`team/api:${tag}`), null, OPTIONS);
        expect(answer).toMatchObject({ ok: false, error: { code: 'image/registry' } });
        expect(answer.ok || answer.error.message).toContain('limits the rate, asks to wait 30s');
      }
    } finally {
      subject().limitRate(false);
    }
    expect(await using().resolve(reference('team/api:limited'), null, OPTIONS)).toEqual({
      ok: true,
      value: digest,
    });
  });
}

function passwordCases({ subject, using, reference }: Bench): void {
  const login = (change: Partial<{ password: string; registry: string }> = {}): RegistryCredential => {
    const { username, password } = { ...subject().account, ...change };
    return { registry: change.registry ?? subject().address, username, password: new Sealed(password) };
  };

  it('answers who logs in', async () => {
    const digest = await subject().push('team/secret', 'v1');
    expect(await using().resolve(reference('team/secret:v1'), login(), OPTIONS)).toEqual({
      ok: true,
      value: digest,
    });
  });

  it('is image/auth for a wrong password, which names the user and never the password', async () => {
    await subject().push('team/secret', 'v1');
    const answer = await using().resolve(
      reference('team/secret:v1'),
      login({ password: 'wrong-one' }),
      OPTIONS,
    );
    expect(answer).toMatchObject({ ok: false, error: { code: 'image/auth' } });
    expect(answer.ok || answer.error.message).toContain(`refuses user "${subject().account.username}"`);
    expect(JSON.stringify(answer)).not.toContain('wrong-one');
  });

  it('is image/auth without a login, and with that of another registry', async () => {
    await subject().push('team/secret', 'v1');
    for (const credential of [null, login({ registry: 'elsewhere.example' })]) {
      const answer = await using().resolve(reference('team/secret:v1'), credential, OPTIONS);
      expect(answer).toMatchObject({ ok: false, error: { code: 'image/auth' } });
      expect(answer.ok || answer.error.message).toContain('demands a login');
    }
  });

  it('does not say to strangers what it lacks', async () => {
    await subject().push('team/secret', 'v1');
    const unknown = reference('team/secret:v9');
    expect(await using().resolve(unknown, null, OPTIONS)).toMatchObject({ error: { code: 'image/auth' } });
    expect(await using().resolve(unknown, login(), OPTIONS)).toMatchObject({
      error: { code: 'image/not-found' },
    });
  });

  it('answers the right password after a wrong one, and refuses the wrong one after the right', async () => {
    const digest = await subject().push('team/secret', 'v2');
    const codes: string[] = [];
    for (const password of ['wrong', subject().account.password, 'wrong', subject().account.password]) {
      const answer = await using().resolve(reference('team/secret:v2'), login({ password }), OPTIONS);
      codes.push(answer.ok ? answer.value : answer.error.code);
    }
    expect(codes).toEqual(['image/auth', digest, 'image/auth', digest]);
  });
}
