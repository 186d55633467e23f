// One Docker host as the controller uses it: one round trip per call, each with a deadline of its own.
// The real one speaks the engine's API over a single SSH connection; the simulated one keeps tables.
// Every failing call rejects with a PlimsollError of the catalogue; nothing ever hangs.

import type { ContainerRequest, NetworkPlace } from '../action/container-request.ts';
import type { ConfigFile } from '../desired/desired.ts';
import type { HostId } from '../kernel/ids.ts';
import type { Sealed } from '../kernel/sealed.ts';
import type {
  EngineEvent,
  EngineInfo,
  HostReport,
  ObservedContainer,
  ObservedImage,
  ObservedLimits,
  ObservedNetwork,
  ObservedVolume,
} from '../observed/report.ts';

export type CreateContainer = ContainerRequest;

export interface NetworkRequest {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Null: the engine chooses. */
  readonly subnet: string | null;
}

export interface RegistryCredential {
  readonly registry: string;
  readonly username: string;
  readonly password: Sealed<string>;
}

export interface PullProgress {
  readonly image: string;
  readonly layersDone: number;
  readonly layersTotal: number;
  readonly bytesDone: number;
  readonly bytesTotal: number;
}

export interface CallOptions {
  readonly deadlineMs: number;
  readonly signal?: AbortSignal;
}

/** `deadlineMs` is that of each step but the upload: making the filling container, and removing it. */
export interface FillOptions extends CallOptions {
  readonly uploadMs: number;
  /** Asked before each request but the first. Who may send no more leaves the filling container to others. */
  readonly mayGoOn: () => boolean;
}

export interface ReportOptions extends CallOptions {
  /** Leaves the images out: they are many, change rarely, and events tell when they do. */
  readonly withoutImages?: boolean;
}

export type ProbeOutcome =
  | { readonly ok: true; readonly tookMs: number }
  | { readonly ok: false; readonly tookMs: number; readonly because: string };

export interface ProbeTarget {
  readonly kind: 'http' | 'https' | 'tcp';
  readonly address: string;
  readonly port: number;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface LogsQuery {
  readonly follow: boolean;
  readonly tail: number | null;
  /** Only what was written in the last so many milliseconds. */
  readonly sinceMs: number | null;
  readonly timestamps: boolean;
}

export interface LogChunk {
  readonly stream: 'stdout' | 'stderr';
  readonly data: Uint8Array;
}

export interface ExecRequest {
  readonly command: readonly string[];
  readonly tty: boolean;
  readonly stdin: boolean;
  readonly size: { readonly columns: number; readonly rows: number } | null;
}

export interface ExecSession {
  readonly output: AsyncIterable<LogChunk>;
  /** Resolves when more may be written: the command may read slowly. Never rejects. */
  write(data: Uint8Array): Promise<void>;
  closeInput(): void;
  resize(columns: number, rows: number): Promise<void>;
  /** Resolves with the exit code when the command has ended. */
  readonly exitCode: Promise<number>;
  kill(): void;
}

/** Names of events, lists and objects are limited to what the caller asks: see each method. */
export interface Host {
  readonly id: HostId;

  /**
   * Opens (or re-opens) the connection and negotiates the API version. Other calls reject with
   * `host/unreachable` while there is no connection: redialling is the caller's decision.
   */
  connect(options: CallOptions): Promise<EngineInfo>;
  /** Called once when an open connection is lost, with the reason; not after `close`. */
  onDisconnect(callback: (because: string) => void): void;
  close(): Promise<void>;

  /**
   * Everything on the host. Three list requests, a fourth for the images, and one inspect for each
   * container that is not in `known` or has visibly changed.
   */
  report(known: ReadonlyMap<string, ObservedContainer>, options: ReportOptions): Promise<HostReport>;
  /** Null where it does not exist. */
  inspectContainer(idOrName: string, options: CallOptions): Promise<ObservedContainer | null>;
  listNetworks(options: CallOptions): Promise<readonly ObservedNetwork[]>;
  listVolumes(options: CallOptions): Promise<readonly ObservedVolume[]>;
  listImages(options: CallOptions): Promise<readonly ObservedImage[]>;
  /** Ends (by returning or throwing) when the stream or the connection ends, or on `signal`. */
  events(signal: AbortSignal): AsyncIterable<EngineEvent>;

  pullImage(
    reference: string,
    credential: RegistryCredential | null,
    onProgress: (progress: PullProgress) => void,
    options: CallOptions,
  ): Promise<void>;
  /**
   * Finds the network that has the name already, whoever made it: the caller compares the labels. Rejects with
   * `engine/conflict` where another network has addresses of the `subnet`.
   */
  createNetwork(request: NetworkRequest, options: CallOptions): Promise<ObservedNetwork>;
  /** Docker answers with whatever volume has the name: the caller compares the labels. */
  createVolume(
    name: string,
    labels: Readonly<Record<string, string>>,
    options: CallOptions,
  ): Promise<ObservedVolume>;
  /**
   * Writes the files into the volume through a container of `image` that is created, never started and
   * removed again. Idempotent.
   */
  fillVolume(
    volume: string,
    image: string,
    labels: Readonly<Record<string, string>>,
    files: readonly ConfigFile[],
    options: FillOptions,
  ): Promise<void>;
  /**
   * Returns the id; rejects with `engine/conflict` where the name is taken. What is refused leaves no container
   * behind; a call that breaks off may leave one that is not in all of its networks yet.
   */
  createContainer(request: CreateContainer, options: CallOptions): Promise<string>;
  startContainer(id: string, options: CallOptions): Promise<void>;
  restartContainer(id: string, graceMs: number, options: CallOptions): Promise<void>;
  stopContainer(id: string, graceMs: number, options: CallOptions): Promise<void>;
  /** Removes a stopped container and its anonymous volumes. No error where it is gone. */
  removeContainer(id: string, options: CallOptions): Promise<void>;
  /** Rejects with `engine/rejected` where the engine cannot take a limit away (memory, CPU). */
  updateContainer(
    id: string,
    change: { readonly limits: ObservedLimits; readonly restartPolicy: string },
    options: CallOptions,
  ): Promise<void>;
  /**
   * Afterwards the container is in the network with these aliases and, where one is given, with this fixed
   * address, whether it was in it or not; to change what it has there it is disconnected for a moment. Rejects
   * with `engine/conflict`, and leaves it as it is, where another container has the address; one that does not
   * run may be told so by its start only. Rejects with `engine/rejected` where the network has no such
   * address, where its subnet was not asked for, and where the container shares another's network.
   */
  connectNetwork(network: string, id: string, place: NetworkPlace, options: CallOptions): Promise<void>;
  /** No error where it is not in it, or where either is gone. */
  disconnectNetwork(network: string, id: string, options: CallOptions): Promise<void>;
  /** This one, as the next two: no error where it is gone, `engine/conflict` where it is in use. */
  removeNetwork(id: string, options: CallOptions): Promise<void>;
  removeVolume(name: string, options: CallOptions): Promise<void>;
  removeImage(id: string, options: CallOptions): Promise<void>;

  /**
   * A probe made from the host (through its connection), e.g. to a container's address. A target that is
   * silent until the deadline failed; the call rejects only where the host is the trouble.
   */
  probe(target: ProbeTarget, options: CallOptions): Promise<ProbeOutcome>;
  logs(id: string, query: LogsQuery, signal: AbortSignal): AsyncIterable<LogChunk>;
  exec(id: string, request: ExecRequest, options: CallOptions): Promise<ExecSession>;
}
