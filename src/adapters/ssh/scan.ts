// Looks at the key that an SSH server shows, so that a person can compare it before it is pinned.

import { PlimsollError } from '../../kernel/errors.ts';
import { unreachable } from './failures.ts';
import { attempt, describeTarget, type SshTarget } from './handshake.ts';
import { describeHostKey, type HostKey, hostKeyAlgorithms } from './host-key.ts';

/** Does not authenticate and trusts nothing. Rejects with host/unreachable within the deadline. */
export async function scanHostKey(
  target: SshTarget,
  options: { readonly deadlineMs: number; readonly signal?: AbortSignal },
): Promise<HostKey> {
  const shown: HostKey[] = [];
  const refuse = (blob: Buffer): boolean => {
    shown.push(describeHostKey(blob));
    return false;
  };
  const config = { algorithms: { serverHostKey: hostKeyAlgorithms([]) }, hostVerifier: refuse };
  try {
    await attempt({ target, ...options, signal: options.signal, config, explain: () => null });
  } catch (error) {
    // The refusal of the key ends the attempt: that is the way it is meant to go.
    if (shown.length === 0) throw error;
  }
  const [key] = shown;
  if (key === undefined) throw new PlimsollError(unreachable(describeTarget(target), 'it shows no host key'));
  return key;
}
