'use strict';
// Every npm script goes through here: `node src/bootstrap/run.cjs [--as-controller] FILE [ARGS]` runs FILE
// (from the project's root) on a Node that is recent enough, with the locked packages installed, on request
// with the flags that a controller runs with.

var path = require('path');
var toolchain = require('./toolchain.cjs');
var CONTROLLER_FLAGS = require('./controller-flags.cjs').CONTROLLER_FLAGS;

var node = toolchain.nodePath();
toolchain.ensurePackages(node);
var asController = process.argv[2] === '--as-controller';
var args = process.argv.slice(asController ? 3 : 2);
toolchain.replaceWith(
  node,
  (asController ? CONTROLLER_FLAGS : []).concat([path.join(toolchain.ROOT, args[0])], args.slice(1)),
);
