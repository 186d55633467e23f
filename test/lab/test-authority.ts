// A certificate authority for controllers of tests: real, with a master key that ends with the test.

import { openAuthority } from '../../src/adapters/authority/authority.ts';
import { formatProblem } from '../../src/kernel/errors.ts';
import type { ControllerId } from '../../src/kernel/ids.ts';
import { Sealed } from '../../src/kernel/sealed.ts';
import type { CertificateAuthority } from '../../src/ports/authority.ts';

export function testAuthority(controller: ControllerId): CertificateAuthority {
  const masterKey = new Sealed(new Uint8Array(32).fill(7));
  const authority = openAuthority({ controller, masterKey });
  if (!authority.ok) throw new Error(formatProblem(authority.error));
  return authority.value;
}
