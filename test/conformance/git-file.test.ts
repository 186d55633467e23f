// Repositories on this machine, read in place.

import { serveFiles } from './git-server.ts';
import { gitConformance } from './git-suite.ts';

gitConformance('file', serveFiles);
