'use strict';
// Every npm script goes through here: `node src/bootstrap/run.cjs FILE [ARGS]` runs FILE (from the
// project's root) on a Node that is recent enough, with the locked packages installed.

var path = require('path');
var toolchain = require('./toolchain.cjs');

var node = toolchain.nodePath();
toolchain.ensurePackages(node);
toolchain.replaceWith(node, [path.join(toolchain.ROOT, process.argv[2])].concat(process.argv.slice(3)));
