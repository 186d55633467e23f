// `sources`: the repositories that the controller follows.

import { z } from 'zod';
import { SourceId } from '../kernel/ids.ts';
import { isPlainPath } from '../manifest/schema/config.ts';
import { durationMs, optional, reject, required, word } from '../manifest/schema/values.ts';
import { CONFIG_DEFAULTS } from './defaults.ts';
import { credentialName, filePath, hostKey, repositoryAddress, secretReference } from './schema-values.ts';

const CODE = { code: 'config/invalid' } as const;

const gitCredential = z
  .strictObject({
    username: optional(word, {
      description: 'User name for https.',
      default: CONFIG_DEFAULTS.gitUser,
      examples: ['oauth2'],
    }),
    password: optional(secretReference, {
      description: 'Password or token for https.',
      examples: ['file:secrets/git-token', 'env:GIT_TOKEN'],
    }),
    key: optional(credentialName, {
      description: 'Name of the key in `ssh.keys`, for ssh.',
      default: CONFIG_DEFAULTS.sshKey,
    }),
  })
  .superRefine((credential, context) => {
    if (credential.key !== undefined && (credential.password ?? credential.username) !== undefined) {
      reject(context, 'is either for ssh (`key`) or for https (`username`, `password`)', CODE);
    }
  });

const deletionGuard = z.strictObject({
  percent: optional(z.int().min(0).max(100), {
    description: 'Held where more than this share of the services of the source would go …',
    default: CONFIG_DEFAULTS.deletionGuard.percent,
  }),
  min: optional(z.int().min(1), {
    description: '… and at least this many.',
    default: CONFIG_DEFAULTS.deletionGuard.min,
  }),
});

const driftAnswer = z.enum(['correct', 'report']);

const branchName = word.max(250).regex(/^[^-\s][^\s~^:?*[\\]*$/, 'is no name of a branch or tag');

const keys = {
  id: required(SourceId, {
    description: 'Name of the source, for messages and commands. Another name is another source.',
    examples: ['fleet'],
  }),
  url: required(repositoryAddress, {
    description:
      'The repository: `https://…`, `ssh://user@host/path`, `user@host:path`, or a path on this machine, relative to this file. `http://` needs `insecure`.',
    examples: ['https://git.example.com/ops/fleet.git', './fleet.git'],
  }),
  branch: optional(branchName, {
    description: 'Branch to follow, if no `tag` is named.',
    default: CONFIG_DEFAULTS.branch,
  }),
  tag: optional(branchName, {
    description: 'Tag to follow instead of a branch.',
    examples: ['production'],
  }),
  path: optional(z.string().refine(isPlainPath, 'must be a relative path of plain names, without `..`'), {
    description: 'Directory of the manifests in the repository; the whole repository if absent.',
    examples: ['clusters/production'],
  }),
  fleet: optional(z.boolean(), {
    description: 'Only a source with `true` may define Host and Namespace.',
    default: false,
  }),
  poll: optional(
    durationMs.refine((ms) => ms >= 1_000, 'must be at least 1s'),
    {
      description: 'How often the remote is asked for news, with a jitter of a quarter.',
      default: CONFIG_DEFAULTS.poll,
    },
  ),
  credential: optional(gitCredential, { description: 'How to log in to the Git server.' }),
  hostKeys: optional(z.array(hostKey).min(1), {
    description: 'SSH host keys that are accepted, as fingerprints or public keys. Needed for ssh.',
    examples: [['SHA256:uNiVztksCsDhcc0u9e8BrrYXVUpX9BRYHpfNb6jjbUY']],
  }),
  ca: optional(filePath, {
    description: 'PEM file of certificate authorities that replace those of the system, for https.',
    examples: ['ca.pem'],
  }),
  insecure: optional(z.boolean(), {
    description: 'Allows `http://`, i.e. manifests that anybody on the way can change.',
    default: false,
  }),
  forcePush: optional(z.enum(['hold', 'follow']), {
    description:
      'What happens when the new head does not descend from the commit in force: `hold` waits for `plimsoll approve`.',
    default: CONFIG_DEFAULTS.forcePush,
  }),
  prune: optional(driftAnswer, {
    description: '`report`: what a commit removes is shown and not removed.',
    default: CONFIG_DEFAULTS.drift,
  }),
  selfHeal: optional(driftAnswer, {
    description: '`report`: what somebody changed on a host is shown and not repaired.',
    default: CONFIG_DEFAULTS.drift,
  }),
  deletionGuard: optional(deletionGuard, {
    description: 'A commit that would remove much is held until `plimsoll approve`.',
  }),
};

export const sourceSchema = z.strictObject(keys).superRefine((source, context) => {
  const transport = source.url.transport;
  if (source.branch !== undefined && source.tag !== undefined) {
    reject(context, 'a source follows a branch or a tag, not both', { ...CODE, path: ['tag'] });
  }
  if (transport === 'http' && source.insecure !== true) {
    reject(context, 'http is not encrypted', {
      ...CODE,
      path: ['url'],
      hint: 'Use https, or set `insecure: true`.',
    });
  }
  if (transport === 'ssh' && source.hostKeys === undefined) {
    reject(context, 'ssh needs the host keys that are accepted', {
      ...CODE,
      path: ['url'],
      hint: 'Add `hostKeys`; `ssh-keyscan HOST | ssh-keygen -lf -` prints them, to be compared with those the provider publishes.',
    });
  }
  const isHttp = transport === 'https' || transport === 'http';
  const wrong: [boolean, 'credential' | 'hostKeys' | 'ca', string][] = [
    [source.credential?.password !== undefined && !isHttp, 'credential', 'a password is for https only'],
    [source.credential?.key !== undefined && transport !== 'ssh', 'credential', 'a key is for ssh only'],
    [source.hostKeys !== undefined && transport !== 'ssh', 'hostKeys', 'host keys are for ssh only'],
    [source.ca !== undefined && transport !== 'https', 'ca', 'certificate authorities are for https only'],
  ];
  for (const [isWrong, key, message] of wrong) {
    if (isWrong) reject(context, message, { ...CODE, path: [key] });
  }
});
