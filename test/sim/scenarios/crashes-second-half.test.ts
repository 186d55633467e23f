// Every other story, and a crash at each of its effects and writes: see crashes.ts. The other half is tested beside it.

import { describeCrashes } from './crashes.ts';

describeCrashes(1);
