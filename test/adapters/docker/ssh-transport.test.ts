// What a process on the host says when it cannot reach the engine.

import { describe, expect, it } from 'vitest';
import { dialStdioProblem } from '../../../src/adapters/docker/ssh-transport.ts';

describe('the last words of docker system dial-stdio', () => {
  it.each([
    [
      'host/permission',
      'failed to open the raw stream connection: dial unix /var/run/docker.sock: connect: permission denied',
    ],
    [
      'host/no-engine',
      'failed to open the raw stream connection: dial unix /var/run/docker.sock: connect: no such file or directory',
    ],
    [
      'host/no-engine',
      'Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?',
    ],
    ['host/no-engine', 'bash: line 1: docker: command not found'],
    ['host/no-engine', 'sh: 1: docker: not found'],
    ['host/no-engine', ''],
  ])('%s: %s', (code, stderr) => {
    expect(dialStdioProblem('h1', '/var/run/docker.sock', stderr).code).toBe(code);
  });
});
