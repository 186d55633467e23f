// One step of a reader through the manual: a command as it stands there, what stands for its names in the lab, and what
// is expected of it.

import { join } from 'node:path';
import type { Printed, Reader, RunningCommand } from './reader.ts';

interface Substitution {
  readonly says: string;
  readonly means: (reader: Reader) => string;
  readonly because: string;
}

/** In this order, in commands and in what they are said to print. */
export const SUBSTITUTIONS: readonly Substitution[] = [
  { says: 'deploy@', means: () => 'root@', because: 'hosts of the lab let in root and nobody else' },
  {
    says: 'docker.io/library/',
    means: ({ lab }) => `${lab.registry.address}/`,
    because: 'the lab reaches no registry but its own',
  },
  {
    says: '/etc/ssh/ssh_host_ed25519_key.pub',
    means: ({ lab }) => join(lab.directory, 'h1/sshd/host_ed25519.pub'),
    because: 'an sshd of the lab has its key in the directory of the lab',
  },
  {
    says: '/usr/local/bin/plimsoll',
    means: () => 'plimsoll',
    because: 'the link to the program is in the home of the reader',
  },
  {
    says: '/etc/plimsoll',
    means: ({ fleet }) => fleet,
    because: 'nothing is written into /etc of this machine',
  },
  { says: ' SERVICE', means: () => ' hello', because: 'any service will do, and this one is there' },
];

export function inTheLab(text: string, reader: Reader): string {
  return SUBSTITUTIONS.reduce((line, { says, means }) => line.replaceAll(says, means(reader)), text);
}

export interface RunStep {
  /** As it stands in the manual, without a comment behind it. */
  readonly command: string;
  readonly shows?: readonly (string | RegExp)[];
  /** 0 unless told otherwise. */
  readonly exits?: number;
  readonly answer?: string;
  readonly directory?: string;
  /** Typed on this host of the lab. */
  readonly host?: string;
  /** It goes on until Ctrl-C: what the reader does before that. */
  readonly meanwhile?: (reader: Reader, running: RunningCommand) => Promise<void>;
  /** A controller: it goes on in a terminal of its own. */
  readonly stays?: true;
  /** What the text around the command tells the reader to do first. */
  readonly before?: (reader: Reader) => Promise<void> | void;
  /** What else the text promises. */
  readonly after?: (reader: Reader, printed: Printed) => Promise<void> | void;
}

export type Step = RunStep | { readonly command: string; readonly notRunBecause: string };
