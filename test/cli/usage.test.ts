// What the command line says to somebody who misspells or forgets.

import { describe, expect, it } from 'vitest';
import { run } from './command-line.ts';

describe('a mistake on the command line', () => {
  it.each<[string, string, string]>([
    ['pln', "unknown command 'pln'", 'Did you mean plan?'],
    ['plan --jsn', "unknown option '--jsn'", 'Did you mean --json?'],
    ['ps', "unknown command 'ps'", 'See `plimsoll help`.'],
    ['host ad fra-1', "unknown command 'ad'", 'Did you mean add?'],
    ['host list', "unknown command 'list'", 'See `plimsoll help host`.'],
    [
      'rollback web deadbeef',
      "command-argument value 'deadbeef' is invalid for argument 'revision'. A revision has 12 hexadecimal digits; `plimsoll history SERVICE` lists them.",
      'See `plimsoll help rollback`.',
    ],
    ['rollout paus web', "unknown command 'paus'", 'Did you mean pause?'],
    ['status --folow', "unknown option '--folow'", 'See `plimsoll help status`.'],
    ['describe', "missing required argument 'service'", 'See `plimsoll help describe`.'],
    ['exec web', "missing required argument 'command'", 'See `plimsoll help exec`.'],
    [
      'apply --timeout 5x',
      "option '--timeout <duration>' argument '5x' is invalid. Write a duration such as 90s, 10m or 1h30m.",
      'See `plimsoll help apply`.',
    ],
    [
      'status one',
      "too many arguments for 'status'. Expected 0 arguments but got 1: one.",
      'See `plimsoll help status`.',
    ],
    [
      'status --controller fra-1',
      'this is no address of a controller',
      'Write it as ssh://user@host[:port][/path/of/socket].',
    ],
  ])('%s', async (line, message, hint) => {
    expect(await run(line.split(' '))).toEqual({
      code: 1,
      stdout: '',
      stderr: `${message} (command/usage)\n  → ${hint}\n`,
    });
  });

  it('of a person without a controller says where it was looked for', async () => {
    expect(await run(['status', '--socket', '/nonexistent/x.sock'])).toEqual({
      code: 1,
      stdout: '',
      stderr: `no controller runs at /nonexistent/x.sock: there is no such socket (command/no-controller)
  → Start it with \`plimsoll serve\`, or name it with --controller.
`,
    });
  });
});

it('of a person who wants to plan without a controller names the way without one', async () => {
  expect(await run(['plan', '--socket', '/nonexistent/x.sock'])).toEqual({
    code: 1,
    stdout: '',
    stderr: `no controller runs at /nonexistent/x.sock: there is no such socket (command/no-controller)
  → Name a directory to plan without a controller: \`plimsoll plan manifests\`. Otherwise start one with \`plimsoll serve\`, or name it with --controller.
`,
  });
});

describe('help', () => {
  it('is printed to standard output', async () => {
    const { code, stdout, stderr } = await run(['--help']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('Usage: plimsoll');
    expect(stdout).not.toContain('__complete');
  });

  it('of a command shows its options', async () => {
    const { stdout } = await run(['help', 'logs']);
    expect(stdout).toContain('--follow');
  });

  it.each(['apply', 'sync', 'rollback'])('of %s shows a duration as one writes it', async (command) => {
    const { stdout } = await run(['help', command]);
    expect(stdout).toMatch(/--timeout <duration>\s+how long to wait \(default: 15m\)/);
  });
});

describe('the version', () => {
  it.each(['--version', '-V'])('is printed by %s', async (flag) => {
    expect(await run([flag])).toEqual({ code: 0, stdout: '1.2.3\n', stderr: '' });
  });

  it('is shown without a controller, and why there is none', async () => {
    const outcome = await run(['version', '--socket', '/nonexistent/x.sock']);
    expect(outcome).toEqual({
      code: 0,
      stdout: 'plimsoll 1.2.3\n',
      stderr: 'no controller runs at /nonexistent/x.sock: there is no such socket\n',
    });
  });
});
