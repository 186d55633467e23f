// Git over http: `git http-backend` with a password.

import { serveHttp } from './git-server.ts';
import { gitConformance } from './git-suite.ts';

gitConformance('http', serveHttp);
