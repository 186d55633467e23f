// How a simulated engine pulls an image: layer by layer, in proportion to their sizes, and not those that it
// has. A pull ends with the connection of who asked for it.

import { ok } from '../../kernel/result.ts';
import type { PullProgress, RegistryCredential } from '../../ports/host.ts';
import { diskFull, type Reply, refuse } from './answer.ts';
import { imageName } from './image.ts';
import { addImage } from './images.ts';
import type { Machine } from './machine.ts';
import type { RegistryImage } from './registry-view.ts';

/** How often a registry is asked again that does not answer. */
const SILENCE_MS = 2_000;

export interface PullRequest {
  readonly reference: string;
  readonly credential: RegistryCredential | null;
  readonly onProgress: (progress: PullProgress) => void;
}

class Pull {
  readonly #machine: Machine;
  readonly #request: PullRequest;
  readonly #reply: Reply<void>;
  #isCancelled = false;
  /** What the reference stood for at the beginning. */
  #image: RegistryImage | null = null;
  #cancelTimer: () => void = () => {};
  #bytesDone = 0;
  #layersDone = 0;

  constructor(machine: Machine, request: PullRequest, reply: Reply<void>) {
    this.#machine = machine;
    this.#request = request;
    this.#reply = reply;
  }

  cancel(): void {
    this.#isCancelled = true;
    this.#cancelTimer();
  }

  /** Asks the registry and goes on with the next layer that is missing. */
  step(): void {
    if (this.#isCancelled) return;
    const { reference, credential } = this.#request;
    const resolved = this.#machine.options.registry.resolve(
      imageName(reference)?.normalized ?? reference,
      credential,
    );
    if (resolved === 'silent') {
      this.#later(SILENCE_MS, () => this.step());
      return;
    }
    // Once it has the manifest it asks for layers only, which are there even where the tag is not.
    const isLost = !resolved.ok && (this.#image === null || resolved.error.code === 'image/registry');
    if (resolved.ok) this.#image ??= resolved.value;
    if (!resolved.ok && isLost) this.#reply(refuse(resolved.error.code, resolved.error.message));
    else if (this.#image !== null) this.#pullNext(this.#image);
  }

  #pullNext(image: RegistryImage): void {
    const layer = image.layers[this.#layersDone];
    if (layer === undefined) this.#finish(image);
    else if (this.#machine.layers.has(layer.digest)) {
      this.#count(image, layer.sizeBytes);
      this.#pullNext(image);
    } else this.#download(image, layer);
  }

  #download(image: RegistryImage, layer: RegistryImage['layers'][number]): void {
    const tookMs = layer.sizeBytes / this.#machine.options.pace.pullBytesPerMs;
    this.#later(Math.max(1, tookMs) * this.#machine.slowness, () => {
      if (this.#machine.isDiskFull) {
        this.#reply(diskFull('failed to register layer: Error processing tar file(exit status 1)'));
        return;
      }
      this.#machine.layers.add(layer.digest);
      this.#count(image, layer.sizeBytes);
      this.step();
    });
  }

  #count(image: RegistryImage, bytes: number): void {
    this.#layersDone += 1;
    this.#bytesDone += bytes;
    this.#request.onProgress({
      image: this.#request.reference,
      layersDone: this.#layersDone,
      layersTotal: image.layers.length,
      bytesDone: this.#bytesDone,
      bytesTotal: image.layers.reduce((total, { sizeBytes }) => total + sizeBytes, 0),
    });
  }

  #finish(image: RegistryImage): void {
    const { reference } = this.#request;
    addImage(this.#machine, image, [reference]);
    this.#machine.tell('image', 'pull', reference);
    this.#reply(ok(undefined));
  }

  #later(delayMs: number, work: () => void): void {
    this.#cancelTimer = this.#machine.clock.after(delayMs, () =>
      this.#machine.whenUp(() => {
        if (!this.#isCancelled) work();
      }),
    );
  }
}

/** The returned function cancels it. */
export function pullImage(machine: Machine, request: PullRequest, reply: Reply<void>): () => void {
  const pull = new Pull(machine, request, reply);
  pull.step();
  return () => pull.cancel();
}
