// What a simulated engine sees of the registries when it pulls.

import type { Problem } from '../../kernel/errors.ts';
import type { Result } from '../../kernel/result.ts';
import type { RegistryCredential } from '../../ports/host.ts';
import type { Behaviour } from './behaviour.ts';

export interface RegistryImage {
  /** Of the manifest: `sha256:…`. */
  readonly digest: string;
  /** Of the configuration, by which engines know the image: `sha256:…`. */
  readonly id: string;
  readonly sizeBytes: number;
  /** The layers' digests and sizes; an engine does not pull one again that it has. */
  readonly layers: readonly { readonly digest: string; readonly sizeBytes: number }[];
  readonly behaviour: Behaviour;
}

export interface RegistryView {
  /**
   * What stands behind a normalised reference at this moment: the image, the problem that the engine gets
   * (`image/not-found`, `image/auth`, `image/registry`), or `silent` where the registry takes the request
   * and does not answer. Asked at the beginning of a pull and again after every layer.
   */
  resolve(
    reference: string,
    credential: RegistryCredential | null,
  ): Result<RegistryImage, Problem> | 'silent';
}
