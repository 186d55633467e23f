#!/usr/bin/env node
'use strict';
// The `plimsoll` command: the compiled program in an installed package, the sources in a checkout.

var fs = require('fs');
var path = require('path');
var toolchain = require('./toolchain.cjs');

var node = toolchain.nodePath();
var source = path.join(toolchain.ROOT, 'src', 'main.ts');
var isCheckout = fs.existsSync(source);
if (isCheckout) toolchain.ensurePackages(node);
var program = isCheckout ? source : path.join(toolchain.ROOT, 'dist', 'main.js');
toolchain.replaceWith(node, [program].concat(process.argv.slice(2)));
