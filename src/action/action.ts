// Everything Plimsoll can do to a host, as data with a reason. Whoever plays an action must be able to
// play it twice: names are deterministic, and what is already so counts as done.

import type { ConfigFile } from '../desired/desired.ts';
import type { HostId, ServiceKey } from '../kernel/ids.ts';
import type { Traffic } from '../proxy/traffic.ts';
import type { ContainerRequest } from './container-request.ts';

interface ActionBase {
  /** `host/kind/object`: two actions with one key are the same wish. */
  readonly key: string;
  readonly host: HostId;
  readonly service: ServiceKey | null;
  /** Name of what is acted on, for people. */
  readonly object: string;
  /** Why, in a sentence that goes unchanged to plan, audit and `why`. */
  readonly because: string;
  /** Keys of actions, of the same plan or played already, that must have succeeded before. */
  readonly after: readonly string[];
}

export interface ContainerLimits {
  readonly memoryBytes: number | null;
  readonly memoryReservationBytes: number | null;
  readonly cpus: number | null;
  readonly pids: number | null;
}

type Labels = Readonly<Record<string, string>>;

export type ActionBody =
  | { readonly kind: 'pullImage'; readonly image: string }
  | {
      readonly kind: 'createNetwork';
      readonly name: string;
      readonly labels: Labels;
      /** Null: the engine chooses. */
      readonly subnet: string | null;
    }
  | { readonly kind: 'createVolume'; readonly name: string; readonly labels: Labels }
  | {
      readonly kind: 'fillConfig';
      readonly volume: string;
      readonly labels: Labels;
      /** An image that is on the host: its container is created and never started. */
      readonly image: string;
      readonly files: readonly ConfigFile[];
    }
  /** Creates and starts; adopts a container that is there already where it is ours. */
  | { readonly kind: 'runContainer'; readonly request: ContainerRequest }
  | { readonly kind: 'startContainer'; readonly id: string }
  | { readonly kind: 'restartContainer'; readonly id: string; readonly graceMs: number }
  | { readonly kind: 'stopContainer'; readonly id: string; readonly graceMs: number }
  | { readonly kind: 'removeContainer'; readonly id: string }
  | {
      readonly kind: 'updateContainer';
      readonly id: string;
      readonly limits: ContainerLimits;
      readonly restartPolicy: string;
    }
  | {
      readonly kind: 'connectNetwork';
      readonly id: string;
      readonly network: string;
      readonly aliases: readonly string[];
      /** A fixed one; null: any. */
      readonly address: string | null;
    }
  | { readonly kind: 'disconnectNetwork'; readonly id: string; readonly network: string }
  | {
      readonly kind: 'tellBalancer';
      readonly id: string;
      readonly traffic: Traffic;
      /** By which it says that it serves by this. */
      readonly mark: string;
      readonly generation: number;
    }
  | { readonly kind: 'removeNetwork'; readonly id: string }
  | { readonly kind: 'removeVolume'; readonly name: string }
  | { readonly kind: 'removeImage'; readonly id: string };

export type ActionKind = ActionBody['kind'];
export type Action = ActionBase & ActionBody;

export const actionKey = (host: HostId, kind: ActionKind, object: string): string =>
  `${host}/${kind}/${object}`;

export function makeAction(
  base: {
    readonly host: HostId;
    readonly service: ServiceKey | null;
    readonly object: string;
    readonly because: string;
    readonly after?: readonly string[];
  },
  body: ActionBody,
): Action {
  return {
    ...base,
    ...body,
    after: base.after ?? [],
    key: actionKey(base.host, body.kind, base.object),
  };
}

const VERB: Readonly<Record<ActionKind, string>> = {
  pullImage: 'pull image',
  createNetwork: 'create network',
  createVolume: 'create volume',
  fillConfig: 'write config',
  runContainer: 'run',
  startContainer: 'start',
  restartContainer: 'restart',
  stopContainer: 'stop',
  removeContainer: 'remove',
  updateContainer: 'update limits of',
  connectNetwork: 'connect',
  disconnectNetwork: 'disconnect',
  tellBalancer: 'tell the load balancer',
  removeNetwork: 'remove network',
  removeVolume: 'remove volume',
  removeImage: 'remove image',
};

export const isActionKind = (kind: string): kind is ActionKind => Object.hasOwn(VERB, kind);

/** `run shop.api.3f2a….0.1 on fra-1` */
export const describeAction = (action: {
  readonly kind: ActionKind;
  readonly object: string;
  readonly host: string;
}): string => `${VERB[action.kind]} ${action.object} on ${action.host}`;
