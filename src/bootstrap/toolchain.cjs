'use strict';
// Finds a Node that can run Plimsoll, and brings one along where the machine's own is too old.
// Written in the syntax of old Nodes (10.12 and later): it is the only code that runs on them.

var childProcess = require('child_process');
var crypto = require('crypto');
var fs = require('fs');
var path = require('path');

var ROOT = path.resolve(__dirname, '..', '..');
var CACHE = path.join(ROOT, '.cache');
var MINIMUM = [24, 15];
var BUNDLED = {
  version: '26.10.0',
  integrity: {
    'linux-x64':
      'sha512-OmAztarr1gK4PD+sNyoku4N5Q40d8eqMuLjNa/zRvxF33aCsVKVIQLs4V5HYPWSWWlMiTdkmbZE/6Phigma0hw==',
    'linux-arm64':
      'sha512-idArV/cmqW9M9ODyGlbOIiyxFourDh1mJB0SdKCdMbSZjjef9CLEN3o1/eE4yf+B0+5BD+F74MpTTHiB3XXTBQ==',
  },
};
var LOCK_DEADLINE_MS = 10 * 60 * 1000;
/** Longer than anybody takes between finding a dead holder's lock and removing it. */
var LOCK_SETTLING_MS = 100;

function isRecent(version) {
  var parts = version.replace(/^v/, '').split('.').map(Number);
  return parts[0] > MINIMUM[0] || (parts[0] === MINIMUM[0] && parts[1] >= MINIMUM[1]);
}

function say(message) {
  process.stderr.write('plimsoll: ' + message + '\n');
}

function fail(message) {
  say(message);
  process.exit(1);
}

function installNodeYourself() {
  return 'Install Node ' + MINIMUM.join('.') + ' or newer (https://nodejs.org) and run the command again.';
}

function run(command, args, options, hint) {
  var result = childProcess.spawnSync(command, args, options);
  var advice = hint ? '. ' + hint : '';
  if (result.error) fail(command + ' could not be run: ' + result.error.message + advice);
  if (result.signal) fail(command + ' was stopped by ' + result.signal);
  if (result.status !== 0) {
    fail('`' + command + ' ' + args.join(' ') + '` ended with code ' + result.status + advice);
  }
  return result;
}

function sleep(ms) {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

function removeIfThere(file) {
  try {
    fs.unlinkSync(file);
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
  }
}

function lockHolder(lock) {
  try {
    return Number(fs.readFileSync(lock, 'utf8')) || 0;
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
    return null;
  }
}

function isAlive(pid, lock) {
  try {
    // An empty file belongs to a holder that is between creating and writing it.
    if (pid === 0) return Date.now() - fs.statSync(lock).mtimeMs < 5000;
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/**
 * True once the lock is ours. Two processes may find the same dead holder, and the slower one then
 * removes the lock of the faster one: so whoever created the file looks again a moment later.
 */
function tryLock(lock) {
  try {
    fs.writeFileSync(lock, String(process.pid), { flag: 'wx' });
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    var holder = lockHolder(lock);
    if (holder !== null && !isAlive(holder, lock)) removeIfThere(lock);
    return false;
  }
  sleep(LOCK_SETTLING_MS);
  return lockHolder(lock) === process.pid;
}

// Two npm scripts may start at once on a new checkout: only one prepares, the others wait for it.
function withLock(name, prepare) {
  var lock = path.join(CACHE, name + '.lock');
  var startedAt = Date.now();
  var toldWaiting = false;
  try {
    fs.mkdirSync(CACHE, { recursive: true });
  } catch (error) {
    fail(CACHE + ' cannot be made: ' + error.message);
  }
  while (!tryLock(lock)) {
    var waitedMs = Date.now() - startedAt;
    if (waitedMs > LOCK_DEADLINE_MS)
      fail(
        'process ' +
          lockHolder(lock) +
          ' still holds ' +
          lock +
          '; remove it if that process is no longer of use',
      );
    if (waitedMs > 2000 && !toldWaiting) {
      say('waiting for process ' + lockHolder(lock) + ', which prepares this checkout …');
      toldWaiting = true;
    }
    sleep(200);
  }
  var release = () => {
    if (lockHolder(lock) === process.pid) removeIfThere(lock);
  };
  // `fail` ends the process without running any `finally`.
  process.once('exit', release);
  prepare();
  process.removeListener('exit', release);
  release();
}

function removeLeftovers(folder) {
  var prefix = path.basename(folder);
  fs.readdirSync(CACHE)
    .filter((entry) => entry.indexOf(prefix) === 0)
    .forEach((entry) => {
      run('rm', ['-rf', path.join(CACHE, entry)], { stdio: 'inherit' });
    });
}

function fetchBundledNode(folder, platform) {
  var integrity = BUNDLED.integrity[platform];
  if (!integrity) {
    fail('this is Node ' + process.version + ' on ' + platform + '. ' + installNodeYourself());
  }
  say('Node ' + process.version + ' is too old; fetching Node ' + BUNDLED.version + ' into .cache …');
  removeLeftovers(folder);
  var staging = folder + '.' + process.pid;
  fs.mkdirSync(staging);
  var spec = 'node-' + platform + '@' + BUNDLED.version;
  var packed = run(
    'npm',
    ['pack', '--silent', '--pack-destination', staging, spec],
    { cwd: staging, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] },
    installNodeYourself(),
  );
  var archive = path.join(staging, packed.stdout.trim().split('\n').pop());
  var actual = 'sha512-' + crypto.createHash('sha512').update(fs.readFileSync(archive)).digest('base64');
  if (actual !== integrity) {
    fail(spec + ' does not have the expected checksum (it has ' + actual + '); refusing to run it');
  }
  run('tar', ['-xzf', archive, '-C', staging, '--strip-components=1'], { stdio: 'inherit' });
  fs.unlinkSync(archive);
  // Alpine and very old systems have no C library that it can use.
  run(path.join(staging, 'bin', 'node'), ['--version'], { stdio: 'ignore' }, installNodeYourself());
  fs.renameSync(staging, folder);
}

/** The path of a Node that is recent enough; downloads the pinned one on the first call where needed. */
function nodePath() {
  if (isRecent(process.version)) return process.execPath;
  var platform = process.platform + '-' + process.arch;
  var folder = path.join(CACHE, 'node-' + BUNDLED.version + '-' + platform);
  var binary = path.join(folder, 'bin', 'node');
  if (!fs.existsSync(binary)) {
    withLock('node', () => {
      if (!fs.existsSync(binary)) fetchBundledNode(folder, platform);
    });
  }
  return binary;
}

function environment(node) {
  var env = Object.assign({}, process.env);
  env.PATH = path.dirname(node) + path.delimiter + (env.PATH || '');
  return env;
}

function lockedPackages(file) {
  return JSON.parse(fs.readFileSync(file, 'utf8')).packages;
}

/** Content decides, not file times: a `git checkout` touches files, and npm writes them in any order. */
function isInstalled() {
  var wantedFile = path.join(ROOT, 'package-lock.json');
  // npm writes this one last, so a broken-off installation has none.
  var installedFile = path.join(ROOT, 'node_modules', '.package-lock.json');
  if (!fs.existsSync(wantedFile)) return true;
  if (!fs.existsSync(installedFile)) return false;
  var wanted = lockedPackages(wantedFile);
  var installed = lockedPackages(installedFile);
  return Object.keys(wanted).every((name) => {
    if (name === '') return true;
    // Optional packages are those of other platforms.
    if (!installed[name]) return wanted[name].optional === true;
    return installed[name].version === wanted[name].version;
  });
}

/** Installs the locked packages where they are missing or differ from the lock file. */
function ensurePackages(node) {
  if (isInstalled()) return;
  withLock('packages', () => {
    if (isInstalled()) return;
    say('installing packages (npm ci) …');
    // No package needs its install script; npm's chatter goes to stderr.
    run(
      'npm',
      ['ci', '--include=dev', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'],
      { cwd: ROOT, env: environment(node), stdio: ['ignore', 2, 2] },
      'Check that the package registry can be reached.',
    );
    if (!isInstalled()) fail('`npm ci` passed, but the packages differ from package-lock.json');
  });
}

/** Runs `args` on a suitable Node in place of this process: same streams, same signals, same exit code. */
function replaceWith(node, args) {
  // Where Node can really be replaced, no second process lies about for as long as the first one runs. On
  // Windows the function is there and throws. (Its warning that it is experimental would be printed in the
  // next turn, which never comes.)
  if (process.platform !== 'win32' && typeof process.execve === 'function')
    process.execve(node, [node].concat(args), environment(node));
  var child = childProcess.spawn(node, args, { stdio: 'inherit', env: environment(node) });
  ['SIGINT', 'SIGTERM', 'SIGHUP'].forEach((signal) => {
    process.on(signal, () => {
      // Ctrl-C reaches the whole process group already; the others only us.
      if (signal !== 'SIGINT') child.kill(signal);
    });
  });
  child.on('error', (error) => {
    fail('Node could not be started: ' + error.message);
  });
  child.on('exit', (code, signal) => {
    if (signal) {
      process.removeAllListeners(signal);
      process.kill(process.pid, signal);
    } else process.exit(code === null ? 1 : code);
  });
}

module.exports = { ROOT: ROOT, nodePath: nodePath, ensurePackages: ensurePackages, replaceWith: replaceWith };
