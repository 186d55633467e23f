// Git over ssh: a real sshd on loopback, with a pinned host key.

import { serveSsh } from './git-server.ts';
import { gitConformance } from './git-suite.ts';

gitConformance('ssh', serveSsh);
