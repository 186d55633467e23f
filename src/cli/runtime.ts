// What the command line needs from rooms that it may not import. `main.ts` gives it: controllers, hosts
// and SSH behind one small interface, so that the commands themselves know no adapter.

import type { Duplex } from 'node:stream';
import type { HostExamination } from '../api/client.ts';
import type { Config, SshKey } from '../config/config.ts';
import type { Desired, HostAddress } from '../desired/desired.ts';
import type { Problem } from '../kernel/errors.ts';
import type { CommitSha } from '../kernel/ids.ts';
import type { Result } from '../kernel/result.ts';
import type { Forecast } from '../plan/forecast.ts';

/** A controller in this process whose API listens already. */
export interface RunningController {
  /** Where its API answers. */
  readonly socketPath: string;
  /** Resolves with the reason when it ends by itself (a lost lease, a damaged store); else never. */
  readonly ended: Promise<Problem>;
  /** Ends it cleanly: API closed, lease given back, connections closed. */
  stop(): Promise<void>;
}

/** A directory of manifests, read and resolved like a commit. */
export interface DirectoryReading {
  /** Null where there are problems. */
  readonly desired: Desired | null;
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
}

export interface DirectoryForecast {
  /** What stands for the commit: the repository's head where the directory is a clean checkout, or null. */
  readonly commit: CommitSha | null;
  readonly forecast: Forecast;
  readonly warnings: readonly Problem[];
  /** Hosts that could not be looked at: what is planned for them is a guess. Empty when offline. */
  readonly unseen: readonly Problem[];
}

export interface SshMachine {
  /** A byte stream to a unix socket over there. Rejects with a PlimsollError or the refusal. */
  openUnix(socketPath: string): Promise<Duplex>;
  close(): void;
}

export interface SshServer {
  readonly user: string;
  readonly host: string;
  readonly port: number;
}

export interface Runtime {
  /** `validate`: reads and resolves, asks nobody. Overrides of the configuration apply where there is one. */
  readDirectory(directory: string, config: Config | null): Promise<DirectoryReading>;
  /** `plan`: against the store and the hosts of the configuration, or (offline) against an empty fleet. */
  planDirectory(
    directory: string,
    config: Config | null,
    options: { readonly offline: boolean },
  ): Promise<Result<DirectoryForecast, readonly Problem[]>>;
  /** `serve`: the controller of the configuration. */
  serve(config: Config): Promise<Result<RunningController, Problem>>;
  /** `apply` (watch: false) and `dev` (watch: true): a controller whose only source is the directory. */
  serveDirectory(
    directory: string,
    config: Config | null,
    options: { readonly watch: boolean },
  ): Promise<Result<RunningController, Problem>>;
  /** The key that an SSH server shows; trusts nothing. Rejects with a PlimsollError within the deadline. */
  scanHostKey(
    server: SshServer,
    options: { readonly deadlineMs: number },
  ): Promise<{ readonly type: string; readonly fingerprint: string; readonly line: string }>;
  /**
   * Checks one host with the key that the configuration has for `credential` (`examineHost` of the loop,
   * with the asker of adapters/doctor). Never rejects.
   */
  examineHost(
    host: {
      readonly name: string;
      readonly address: HostAddress;
      readonly hostKeys: readonly string[];
      readonly credential: string;
    },
    config: Config | null,
  ): Promise<HostExamination>;
  /** `--controller ssh://…`: connects, checks the host key against `hostKeys`, authenticates. Rejects. */
  openSsh(options: {
    readonly target: SshServer;
    readonly hostKeys: readonly string[];
    readonly credential: SshKey;
    readonly deadlineMs: number;
  }): Promise<SshMachine>;
}
