'use strict';
// How Node runs a controller, which lives for months beside other programs: it gives memory back sooner,
// for a little more work of the collector. `npm run bench:converge -- --only f` shows what it takes.

module.exports = { CONTROLLER_FLAGS: ['--max-semi-space-size=2', '--optimize-for-size'] };
