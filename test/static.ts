// `npm run check:static`: types, format and lint, dead code, architecture.

import { isSuccess } from './runner/outcome.ts';
import { runStaticChecks } from './runner/static-checks.ts';

const outcome = await runStaticChecks();
process.exitCode = isSuccess(outcome, false) ? 0 : 1;
