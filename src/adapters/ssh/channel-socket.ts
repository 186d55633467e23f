// An SSH channel with the manners of a socket. ssh2's own channel has no working `destroyed`, swallows
// writes after the peer is gone and lets nobody pass an error to `destroy`; http and tls rely on all three.

import { Duplex } from 'node:stream';
import type { ClientChannel } from 'ssh2';

export class ChannelSocket extends Duplex {
  readonly #channel: ClientChannel;
  #isChannelClosed = false;

  constructor(channel: ClientChannel) {
    super({ allowHalfOpen: false });
    this.#channel = channel;
    channel.on('data', (chunk: Buffer) => {
      if (!this.push(chunk)) channel.pause();
    });
    channel.on('end', () => this.push(null));
    channel.on('error', (error: Error) => this.destroy(error));
    channel.on('close', () => this.#onChannelClose());
  }

  #onChannelClose(): void {
    this.#isChannelClosed = true;
    // What was received and not yet read stays readable; the end of reading then closes this side.
    if (!this.readableEnded) this.push(null);
    else this.destroy();
  }

  override _read(): void {
    this.#channel.resume();
  }

  override _write(chunk: Buffer, encoding: BufferEncoding, callback: (error?: Error | null) => void): void {
    if (this.#isChannelClosed) callback(new Error('the SSH channel is closed'));
    else this.#channel.write(chunk, encoding, callback);
  }

  override _final(callback: (error?: Error | null) => void): void {
    if (!this.#isChannelClosed) this.#channel.end();
    callback();
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    if (!this.#isChannelClosed) this.#channel.destroy();
    callback(error);
  }

  // What http.Agent calls on every socket and what has no meaning for a channel.
  setKeepAlive(): this {
    return this;
  }
  setNoDelay(): this {
    return this;
  }
  setTimeout(): this {
    return this;
  }
  ref(): this {
    return this;
  }
  unref(): this {
    return this;
  }
}
