// The configuration of a controller with every default resolved, paths absolute and secrets sealed.

import type { ControllerId, SourceId } from '../kernel/ids.ts';
import type { Sealed } from '../kernel/sealed.ts';

export type GitCredential =
  | { readonly kind: 'basic'; readonly username: string; readonly password: Sealed<string> }
  | {
      readonly kind: 'ssh';
      readonly privateKey: Sealed<string>;
      readonly passphrase?: Sealed<string>;
      readonly hostKeys: readonly string[];
    };

export interface SourceConfig {
  readonly id: SourceId;
  /** For `file` an absolute path. */
  readonly url: string;
  readonly transport: 'https' | 'http' | 'ssh' | 'file';
  readonly ref: { readonly kind: 'branch' | 'tag'; readonly name: string };
  /** Directory inside the repository; empty for its root. */
  readonly path: string;
  readonly fleet: boolean;
  readonly pollMs: number;
  readonly credential: GitCredential | null;
  /** PEM file of certificate authorities, absolute. */
  readonly caFile: string | null;
  readonly allowInsecureHttp: boolean;
  readonly forcePush: 'hold' | 'follow';
  readonly prune: 'correct' | 'report';
  readonly selfHeal: 'correct' | 'report';
  readonly governor: { readonly percent: number; readonly min: number };
}

export type SshKey =
  | { readonly kind: 'key'; readonly privateKey: Sealed<string>; readonly passphrase: Sealed<string> | null }
  | { readonly kind: 'agent'; readonly socketPath: string };

/** PEM texts. */
export interface TlsKey {
  readonly kind: 'tls';
  readonly ca: string;
  readonly certificate: string;
  readonly privateKey: Sealed<string>;
}

export interface RegistryConfig {
  readonly registry: string;
  readonly credential: {
    readonly registry: string;
    readonly username: string;
    readonly password: Sealed<string>;
  } | null;
  readonly insecure: boolean;
  /** PEM text. */
  readonly ca: string | null;
}

export interface Config {
  /** The file that it was read from, absolute. */
  readonly path: string;
  readonly controllerId: ControllerId;
  readonly sources: readonly SourceConfig[];
  /** By the name that a Host's `credential` refers to. */
  readonly sshKeys: ReadonlyMap<string, SshKey>;
  readonly tlsKeys: ReadonlyMap<string, TlsKey>;
  readonly registries: readonly RegistryConfig[];
  readonly insecurePrivateRegistries: boolean;
  readonly store: { readonly path: string; readonly auditKeep: number };
  readonly gitCacheDir: string;
  readonly listen: {
    readonly socketPath: string;
    readonly http: {
      readonly address: string;
      readonly port: number;
      readonly syncToken: Sealed<string>;
    } | null;
  };
  readonly overrides: {
    readonly hosts: Readonly<Record<string, { readonly as?: string; readonly address?: string }>>;
    readonly images: Readonly<Record<string, string>>;
  };
  readonly loadBalancer: {
    /** Normalised. */
    readonly image: string;
    readonly meshPorts: { readonly http: number; readonly tcp: number };
  };
  /** File with the key under which the roots of the mesh lie in the store; it is made where it is missing. */
  readonly masterKeyPath: string;
  readonly limits: {
    readonly actionsPerHost: number;
    readonly pullsPerHost: number;
    readonly resyncMs: number;
    /** One container of each host is inspected this often, in turn. */
    readonly auditMs: number;
    readonly leaseMs: number;
    readonly housekeepingMs: number;
    readonly keepStoppedMs: number;
  };
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error';
}
