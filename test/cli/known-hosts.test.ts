// Which keys of ~/.ssh/known_hosts count for a server.

import { describe, expect, it } from 'vitest';
import { knownHostKeys } from '../../src/cli/known-hosts.ts';
import { parseControllerAddress } from '../../src/cli/ssh-controller.ts';

const KEY = 'AAAAC3NzaC1lZDI1NTE5AAAAIC2iL8pCRdR0wf3yiCYcYIeo9Z5Uxsr4AGi4mCCa5AVZ';
const OTHER = 'AAAAC3NzaC1lZDI1NTE5AAAAIJ6ckmJyDMXx5f0UCoiNVlgCTZLjpfgcAt6P3b7tL4Q0';

const FILE = `# a comment
fra-1.example.com,10.0.0.1 ssh-ed25519 ${KEY} a comment
[fra-2.example.com]:2222 ssh-ed25519 ${KEY}
*.internal,!bad.internal ssh-ed25519 ${KEY}
@cert-authority *.example.com ssh-ed25519 ${OTHER}
@revoked old.example.com ssh-ed25519 ${KEY}
old.example.com ssh-ed25519 ${KEY}
old.example.com ssh-ed25519 ${OTHER}
broken-line
`;

describe('the keys of a server', () => {
  it.each<[string, number, string[]]>([
    ['fra-1.example.com', 22, [KEY]],
    ['FRA-1.example.com', 22, [KEY]],
    ['10.0.0.1', 22, [KEY]],
    ['fra-1.example.com', 2222, []],
    ['fra-2.example.com', 2222, [KEY]],
    ['fra-2.example.com', 22, []],
    ['a.internal', 22, [KEY]],
    ['bad.internal', 22, []],
    ['internal', 22, []],
    ['old.example.com', 22, [OTHER]],
    ['unknown.example.com', 22, []],
    ['fra-1xexample.com', 22, []],
  ])('%s, port %i', (host, port, keys) => {
    expect(knownHostKeys(FILE, host, port)).toEqual(keys.map((key) => `ssh-ed25519 ${key}`));
  });
});

describe('names that OpenSSH has hashed (ssh-keygen -H)', () => {
  const hashed = `|1|MQ9UUbO87sXbua3aiVjx3ZivPVs=|sUittAEMuAbOzg4xkdWIISlSr0Q= ssh-ed25519 ${KEY}
|1|7pmEPGhtKtwj5fZxn3pvEAmqQCw=|YO5Os7PEEOzte47rg4gQ/Sj8G44= ssh-ed25519 ${KEY}
`;

  it.each<[string, number, number]>([
    ['fra-1.example.com', 22, 1],
    ['fra-1.example.com', 2222, 0],
    ['fra-2.example.com', 2222, 1],
    ['fra-2.example.com', 22, 0],
    ['other.example.com', 22, 0],
  ])('%s, port %i: %i keys', (host, port, count) => {
    expect(knownHostKeys(hashed, host, port)).toEqual(Array(count).fill(`ssh-ed25519 ${KEY}`));
  });
});

describe('the address of a controller', () => {
  it.each([
    ['ssh://ops@fra-1', { user: 'ops', host: 'fra-1', port: 22, socketPath: '/run/plimsoll/plimsoll.sock' }],
    [
      'ssh://ops@fra-1:2222/',
      { user: 'ops', host: 'fra-1', port: 2222, socketPath: '/run/plimsoll/plimsoll.sock' },
    ],
    ['ssh://ops@[::1]:22/tmp/p.sock', { user: 'ops', host: '::1', port: 22, socketPath: '/tmp/p.sock' }],
  ])('%s', (text, address) => {
    expect(parseControllerAddress(text)).toEqual(address);
  });

  it.each([
    'fra-1',
    'ssh://fra-1',
    'ssh://ops:secret@fra-1',
    'http://ops@fra-1',
    'ssh://-oProxy@fra-1',
    'ssh://ops@fra-1:0',
    'ssh://ops@fra-1:70000',
    'ssh://ops@fra-1/a b',
  ])('%s is none', (text) => {
    expect(() => parseControllerAddress(text)).toThrow('this is no address of a controller');
  });
});
