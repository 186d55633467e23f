'use strict';
// Finds a Node that can run Plimsoll, and brings one along where the machine's own is too old.
// Written in the syntax of old Nodes: it is the only code that runs on them.

var childProcess = require('child_process');
var crypto = require('crypto');
var fs = require('fs');
var path = require('path');

var ROOT = path.resolve(__dirname, '..', '..');
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

function isRecent(version) {
  var parts = version.replace(/^v/, '').split('.').map(Number);
  return parts[0] > MINIMUM[0] || (parts[0] === MINIMUM[0] && parts[1] >= MINIMUM[1]);
}

function fail(message) {
  process.stderr.write('plimsoll: ' + message + '\n');
  process.exit(1);
}

function run(command, args, options) {
  var result = childProcess.spawnSync(command, args, options);
  if (result.error) fail(command + ' could not be run: ' + result.error.message);
  if (result.status !== 0) fail(command + ' ' + args.join(' ') + ' ended with code ' + result.status);
  return result;
}

// Two npm scripts may start at once on a new checkout: only one prepares, the others wait for it.
function withLock(name, prepare) {
  var lock = path.join(ROOT, '.cache', name + '.lock');
  fs.mkdirSync(path.dirname(lock), { recursive: true });
  for (;;) {
    try {
      fs.writeFileSync(lock, String(process.pid), { flag: 'wx' });
      break;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
      if (!holderIsAlive(lock)) fs.rmSync(lock, { force: true });
      else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
    }
  }
  try {
    prepare();
  } finally {
    fs.rmSync(lock, { force: true });
  }
}

function holderIsAlive(lock) {
  try {
    var pid = Number(fs.readFileSync(lock, 'utf8'));
    // An empty file belongs to a holder that is between creating and writing it.
    if (!pid) return Date.now() - fs.statSync(lock).mtimeMs < 5000;
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

function fetchBundledNode(folder, platform) {
  var integrity = BUNDLED.integrity[platform];
  if (!integrity) {
    fail(
      'Node ' +
        MINIMUM.join('.') +
        ' or newer is needed, and this is ' +
        process.version +
        ' on ' +
        platform +
        '. Install a current Node (https://nodejs.org) and run the command again.',
    );
  }
  process.stderr.write(
    'plimsoll: Node ' +
      process.version +
      ' is too old; fetching Node ' +
      BUNDLED.version +
      ' into .cache …\n',
  );
  var staging = folder + '.' + process.pid;
  fs.mkdirSync(staging, { recursive: true });
  var spec = 'node-' + platform + '@' + BUNDLED.version;
  var packed = run('npm', ['pack', '--silent', '--pack-destination', staging, spec], {
    cwd: staging,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  var archive = path.join(staging, packed.stdout.trim().split('\n').pop());
  var actual = 'sha512-' + crypto.createHash('sha512').update(fs.readFileSync(archive)).digest('base64');
  if (actual !== integrity)
    fail(spec + ' does not have the expected checksum (' + actual + '); refusing to run it');
  run('tar', ['-xzf', archive, '-C', staging, '--strip-components=1'], { stdio: 'inherit' });
  fs.rmSync(archive);
  fs.rmSync(folder, { recursive: true, force: true });
  fs.renameSync(staging, folder);
}

/** The path of a Node that is recent enough; downloads the pinned one on the first call where needed. */
function nodePath() {
  if (isRecent(process.version)) return process.execPath;
  var platform = process.platform + '-' + process.arch;
  var folder = path.join(ROOT, '.cache', 'node-' + BUNDLED.version + '-' + platform);
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

function isInstalled() {
  var installed = path.join(ROOT, 'node_modules', '.package-lock.json');
  var wanted = path.join(ROOT, 'package-lock.json');
  if (!fs.existsSync(wanted)) return true;
  if (!fs.existsSync(installed)) return false;
  return fs.statSync(installed).mtimeMs >= fs.statSync(wanted).mtimeMs;
}

/** Installs the locked packages where they are missing or older than the lock file. */
function ensurePackages(node) {
  if (isInstalled()) return;
  withLock('packages', () => {
    if (isInstalled()) return;
    process.stderr.write('plimsoll: installing packages (npm ci) …\n');
    // Under its own Node npm resolves the lock as the project was tested; its chatter goes to stderr.
    run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
      cwd: ROOT,
      env: environment(node),
      stdio: ['ignore', 2, 2],
    });
    fs.utimesSync(path.join(ROOT, 'node_modules', '.package-lock.json'), new Date(), new Date());
  });
}

/** Runs `args` on a suitable Node in place of this process: same streams, same signals, same exit code. */
function replaceWith(node, args) {
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
