// What can go wrong in a world, as plain data: a list of faults is a whole story, can be shrunk by leaving
// some out, and printed. The numbers F1 to F22 are those of the list in the simulator's documentation.

export type MachineFault =
  /** Its network is cut: from now on nothing passes in the named direction. */
  | {
      readonly kind: 'cut';
      readonly host: string;
      readonly way: 'both' | 'requests' | 'answers';
      readonly forMs: number;
    }
  /** It comes and goes. */
  | { readonly kind: 'flapping'; readonly host: string; readonly times: number; readonly periodMs: number }
  /** sshd or the whole machine hangs: connections stay open and nothing answers. */
  | { readonly kind: 'frozen'; readonly host: string; readonly forMs: number }
  | {
      readonly kind: 'daemonCrash';
      readonly host: string;
      readonly downMs: number;
      readonly liveRestore: boolean;
    }
  | { readonly kind: 'powerLoss'; readonly host: string; readonly downMs: number }
  | { readonly kind: 'hostDiskFull'; readonly host: string; readonly forMs: number }
  | { readonly kind: 'slowHost'; readonly host: string; readonly factor: number; readonly forMs: number }
  /** Answers of its lists are old by some moments, events get lost. */
  | { readonly kind: 'hazyHost'; readonly host: string; readonly forMs: number }
  /** Requests and answers get lost, come late or come twice. */
  | { readonly kind: 'lossyHost'; readonly host: string; readonly forMs: number };

export type ContainerFault =
  | { readonly kind: 'outOfMemory' }
  | { readonly kind: 'exits' }
  /** Dies and is back before anybody looks. */
  | { readonly kind: 'restartsUnseen' }
  | { readonly kind: 'unhealthy'; readonly forMs: number };

export type PersonFault =
  | { readonly kind: 'stopsContainer' }
  | { readonly kind: 'removesContainer' }
  | { readonly kind: 'changesLimits' }
  | { readonly kind: 'disconnectsNetwork' }
  /** Connects it to its network again, and forgets its name. */
  | { readonly kind: 'losesAlias' }
  | { readonly kind: 'pausesContainer'; readonly forMs: number }
  /** Somebody else's container, network or volume, one of them with a name that we would use. */
  | { readonly kind: 'foreignObject'; readonly object: 'container' | 'network' | 'volume' | 'namesake' }
  | {
      readonly kind: 'command';
      readonly command: 'restart' | 'rollback' | 'pause' | 'resume' | 'promote' | 'abort' | 'retry';
    }
  /** Lets through whatever waits for a person. */
  | { readonly kind: 'approves' };

export type ControllerFault =
  | { readonly kind: 'crash'; readonly downMs: number }
  /** Crashes right at an effect: before it is sent, when it has landed but not been answered, after that. */
  | { readonly kind: 'crashAtEffect'; readonly when: CrashMoment; readonly downMs: number }
  /** A crash, and another one while the next process takes over. */
  | { readonly kind: 'crashTwice'; readonly downMs: number; readonly againMs: number }
  /** Stopped past its lease while another process takes over, then continued. */
  | { readonly kind: 'suspended'; readonly forMs: number }
  /** The same right when an effect has landed, or when its answer has come; perhaps the other one dies before. */
  | {
      readonly kind: 'suspendedAtEffect';
      readonly when: Exclude<CrashMoment, 'before'>;
      readonly forMs: number;
      readonly otherDies: boolean;
    }
  /** The same right when a write has been asked for, or is on the disk and not acknowledged. */
  | {
      readonly kind: 'suspendedAtWrite';
      readonly stage: 'issued' | 'durable';
      readonly forMs: number;
      readonly otherDies: boolean;
    }
  | { readonly kind: 'clockJump'; readonly byMs: number }
  | { readonly kind: 'diskFull'; readonly forMs: number }
  | { readonly kind: 'storeLost' }
  | { readonly kind: 'storeDamaged'; readonly forMs: number }
  | { readonly kind: 'storeRestored' };

export type CrashMoment = 'before' | 'unacknowledged' | 'after';

export type SourceFault =
  /** Somebody pushes a commit: most of them are no fault at all, some images are broken. */
  | { readonly kind: 'commit' }
  | { readonly kind: 'brokenCommit' }
  /** A commit that removes several services at once, or gives all of them other names. */
  | { readonly kind: 'sweepingCommit' }
  | { readonly kind: 'forcePush' }
  | { readonly kind: 'branchDeleted'; readonly forMs: number }
  | { readonly kind: 'emptied'; readonly forMs: number }
  | { readonly kind: 'gitDown'; readonly forMs: number }
  | { readonly kind: 'syncStorm'; readonly times: number }
  | {
      readonly kind: 'registryDown';
      readonly forMs: number;
      readonly how: 'unreachable' | 'rateLimit' | 'auth';
    }
  | { readonly kind: 'tagMoved' };

/** Each strikes a load balancer that runs, by chance one of those that there are. */
export type BalancerFault =
  | { readonly kind: 'proxyKilled' }
  /** It is back in another network namespace. */
  | { readonly kind: 'anchorKilled' }
  /** No process comes up by new rules, and those before stay in force; 0: once. */
  | { readonly kind: 'reloadFails'; readonly forMs: number }
  /** Somebody removes it with its volume. */
  | { readonly kind: 'rulesLost' }
  /** It serves by what it was told before, as from a backup. */
  | { readonly kind: 'rulesSetBack' }
  /** Certificates are due meanwhile or have expired, and the controller dies at the next thing that it sends. */
  | {
      readonly kind: 'daysPass';
      readonly byMs: number;
      readonly when: CrashMoment;
      readonly downMs: number;
    };

export type Fault =
  | BalancerFault
  | MachineFault
  | ContainerFault
  | PersonFault
  | ControllerFault
  | SourceFault;
export type FaultKind = Fault['kind'];

/** A fault at its moment. Its `id` names its own stream of chance: leaving another out changes nothing here. */
export interface PlannedFault {
  readonly id: number;
  readonly atMs: number;
  readonly fault: Fault;
}

/** Which fault of the specification each kind belongs to. */
const NUMBERS = {
  crash: 'F1',
  crashAtEffect: 'F1',
  crashTwice: 'F2',
  hazyHost: 'F3',
  restartsUnseen: 'F4',
  lossyHost: 'F5 F6',
  cut: 'F7 F8',
  flapping: 'F8',
  frozen: 'F9',
  suspended: 'F10',
  clockJump: 'F11',
  diskFull: 'F12',
  hostDiskFull: 'F13',
  storeLost: 'F14',
  storeDamaged: 'F14',
  storeRestored: 'F14',
  forcePush: 'F15',
  branchDeleted: 'F15',
  emptied: 'F15',
  brokenCommit: 'F16',
  registryDown: 'F17',
  tagMoved: 'F17',
  gitDown: 'F18',
  syncStorm: 'F18',
  daemonCrash: 'F20',
  powerLoss: 'F20',
  slowHost: 'F13',
  outOfMemory: 'F21',
  exits: 'F21',
  unhealthy: 'F21',
  stopsContainer: 'F22',
  removesContainer: 'F22',
  changesLimits: 'F22',
  disconnectsNetwork: 'F22',
  losesAlias: 'F22',
  pausesContainer: 'F22',
  foreignObject: 'F22',
  command: 'F22',
  commit: '–',
  proxyKilled: 'F19',
  anchorKilled: 'F19',
  reloadFails: 'F19',
  rulesLost: 'F19',
  rulesSetBack: 'F19',
  daysPass: 'F24',
  suspendedAtEffect: 'F10',
  suspendedAtWrite: 'F10',
  sweepingCommit: 'F15',
  approves: 'F22',
} as const satisfies Record<FaultKind, string>;

/** Faults of the specification whose part does not exist yet. */
export const NOT_YET: Readonly<Record<string, string>> = {
  F23: 'a distributed store that loses its leader or its lease: there is only the embedded store',
  F24: 'crash while secrets are rotated: there are none yet (certificates are)',
  F25: 'a controller of another version goes on with a rollout: there is one version only',
  F26: 'pull requests opened, closed and reopened: there are no previews yet',
};

const isFaultKind = (text: string): text is FaultKind => Object.hasOwn(NUMBERS, text);
export const FAULT_KINDS: readonly FaultKind[] = Object.keys(NUMBERS).filter(isFaultKind);

/** Drawn only where there are load balancers, and apart from all others. */
export const BALANCER_FAULT_KINDS = [
  'proxyKilled',
  'anchorKilled',
  'reloadFails',
  'rulesLost',
  'rulesSetBack',
  'daysPass',
] as const satisfies readonly BalancerFault['kind'][];

export const isBalancerFault = (fault: Fault): fault is BalancerFault =>
  BALANCER_FAULT_KINDS.some((kind) => kind === fault.kind);
