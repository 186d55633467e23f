#!/usr/bin/env node
'use strict';
// The `plimsoll` command: the compiled program in an installed package, the sources in a checkout.

var fs = require('fs');
var path = require('path');
var toolchain = require('./toolchain.cjs');
var CONTROLLER_FLAGS = require('./controller-flags.cjs').CONTROLLER_FLAGS;

var node = toolchain.nodePath();
var source = path.join(toolchain.ROOT, 'src', 'main.ts');
var isCheckout = fs.existsSync(source);
if (isCheckout) toolchain.ensurePackages(node);
var program = isCheckout ? source : path.join(toolchain.ROOT, 'dist', 'main.js');
var args = process.argv.slice(2);
// Options may stand before the command; none of those takes a value.
var command = args.find((arg) => arg[0] !== '-');
var flags = command === 'serve' || command === 'dev' ? CONTROLLER_FLAGS : [];
toolchain.replaceWith(node, flags.concat([program], args));
