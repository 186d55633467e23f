// What the command line needs from rooms that it may not import. `main.ts` gives it: controllers, hosts
// and SSH behind one small interface, so that the commands themselves know no adapter.

import type { Duplex } from 'node:stream';
import type { CopyAnswer, HostExamination } from '../api/client.ts';
import type { Config, SshKey } from '../config/config.ts';
import type { Desired, HostAddress } from '../desired/desired.ts';
import type { Problem } from '../kernel/errors.ts';
import type { CommitSha } from '../kernel/ids.ts';
import type { Result } from '../kernel/result.ts';
import type { Forecast } from '../plan/forecast.ts';
import type { Assumptions, DryRunReport } from '../sim/dry-run/report.ts';

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

export interface SimulationOptions {
  /** A second directory: the first is deployed, then this one is committed. Null: only the first. */
  readonly commit: string | null;
  /**
   * What a controller told of itself: the simulation begins with it, and the directory is pushed to `source`
   * (null: it has only one). Null: it begins with empty hosts.
   */
  readonly running: { readonly fleet: CopyAnswer['fleet']; readonly source: string | null } | null;
  /** `atMs`: after the commit; null: when half of what the rollout does is done. */
  readonly lost: readonly { readonly host: string; readonly atMs: number | null }[];
  /** Services by name, whose new revision is to fail. */
  readonly failing: readonly string[];
  readonly assumptions: Assumptions;
  /** Called now and then with the virtual time in milliseconds. */
  readonly onProgress: (virtualMs: number) => void;
  readonly signal: AbortSignal;
}

export interface Simulated {
  readonly report: DryRunReport;
  readonly warnings: readonly Problem[];
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
  /**
   * `simulate`: carried out on simulated machines. Real time, files and the network are out of reach for the
   * whole process meanwhile. Rejects with `command/cancelled` when the signal is aborted.
   */
  simulateDirectory(
    directory: string,
    config: Config | null,
    options: SimulationOptions,
  ): Promise<Result<Simulated, readonly Problem[]>>;
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
