// An image registry, asked one thing: which digest stands behind a reference.

import type { Problem } from '../kernel/errors.ts';
import type { Result } from '../kernel/result.ts';
import type { RegistryCredential } from './host.ts';

export interface Registry {
  /**
   * The digest (`sha256:…`) of the manifest or index behind a normalised reference. Fails with
   * `image/not-found`, `image/auth` or `image/registry`.
   */
  resolve(
    reference: string,
    credential: RegistryCredential | null,
    options: { readonly deadlineMs: number; readonly signal?: AbortSignal },
  ): Promise<Result<string, Problem>>;
}
