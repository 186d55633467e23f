// plimsoll.yaml: one schema that gives the type, the JSON Schema for editors and the reference page.

import { z } from 'zod';
import { ControllerId, HostId } from '../kernel/ids.ts';
import { durationMs, optional, portNumber, required, word } from '../manifest/schema/values.ts';
import { CONFIG_DEFAULTS } from './defaults.ts';
import { sourceSchema } from './schema-source.ts';
import {
  credentialName,
  engineAddress,
  filePath,
  imageName,
  registryName,
  secretReference,
} from './schema-values.ts';

const { limits: LIMITS } = CONFIG_DEFAULTS;
const atLeastOneSecond = durationMs.refine((ms) => ms >= 1_000, 'must be at least 1s');

const controller = z.strictObject({
  id: required(ControllerId, {
    description:
      'Marks everything that this controller makes on hosts. Another id sees the containers of this one as foreign: never change it.',
    examples: ['main'],
  }),
});

const sshKey = z
  .strictObject({
    privateKey: optional(secretReference, {
      description: 'Private key in the format of OpenSSH or PEM.',
      examples: ['file:keys/id_ed25519'],
    }),
    passphrase: optional(secretReference, {
      description: 'Passphrase of the key.',
      examples: ['env:PLIMSOLL_KEY_PASSPHRASE'],
    }),
    agent: optional(z.literal(true), {
      description: 'Use the SSH agent of the controller (`$SSH_AUTH_SOCK`) instead of a key; for hosts only.',
    }),
  })
  .refine(
    (key) => (key.privateKey === undefined) !== (key.agent === undefined),
    'needs `privateKey` or `agent: true`',
  );

const tlsCredential = z.strictObject({
  ca: required(filePath, {
    description: 'PEM file of the certificate authorities that the engine’s certificate must come from.',
    examples: ['tls/ca.pem'],
  }),
  certificate: required(filePath, {
    description: 'PEM file with the certificate of the controller.',
    examples: ['tls/cert.pem'],
  }),
  privateKey: required(secretReference, {
    description: 'Private key of the certificate.',
    examples: ['file:tls/key.pem'],
  }),
});

const registry = z
  .strictObject({
    registry: required(registryName, {
      description: 'The registry as it stands in image names; Docker Hub is `docker.io`.',
      examples: ['ghcr.io', 'registry.example.com:5000'],
    }),
    username: optional(word, { description: 'User name, together with `password`.', examples: ['shop'] }),
    password: optional(secretReference, {
      description: 'Password or token. It goes to the registry and to the token service that it names.',
      examples: ['file:secrets/registry', 'env:REGISTRY_TOKEN'],
    }),
    insecure: optional(z.boolean(), {
      description: 'Plain HTTP. The engines need it in their own configuration as well.',
      default: false,
    }),
    ca: optional(filePath, {
      description:
        'PEM file of certificate authorities that are trusted for this registry besides the usual ones.',
      examples: ['ca.pem'],
    }),
  })
  .refine(
    (entry) => (entry.username === undefined) === (entry.password === undefined),
    'needs both `username` and `password`, or neither',
  )
  .refine(
    (entry) => entry.insecure !== true || entry.ca === undefined,
    '`ca` has no meaning with `insecure`',
  );

const listen = z
  .strictObject({
    socket: optional(filePath, {
      description: 'Local API, for the command line.',
      default: '/run/plimsoll/plimsoll.sock; not as root: $XDG_RUNTIME_DIR/plimsoll/plimsoll.sock',
    }),
    http: optional(
      z.strictObject({
        address: optional(z.union([z.ipv4(), z.ipv6()], 'is no IP address'), {
          description: 'Address to listen on.',
          default: '127.0.0.1',
          examples: ['0.0.0.0'],
        }),
        port: required(portNumber, { description: 'Port to listen on.', examples: [8470] }),
      }),
      { description: '`POST /sync` for a CI or a Git server. Off if absent; needs `syncToken`.' },
    ),
    syncToken: optional(secretReference, {
      description: 'The token that `POST /sync` demands, at least 16 characters.',
      examples: ['file:secrets/sync-token'],
    }),
  })
  .refine((entry) => entry.http === undefined || entry.syncToken !== undefined, '`http` needs `syncToken`');

const hostOverride = z.strictObject({
  as: optional(HostId, {
    description: 'Stands in for this host, together with all others of the same `as`, their labels united.',
    examples: ['local'],
  }),
  address: optional(engineAddress, {
    description:
      'Where the engine is instead; of hosts that are united, the first in alphabetical order counts.',
    examples: ['unix:///var/run/docker.sock'],
  }),
});

const overrides = z.strictObject({
  hosts: optional(z.record(HostId, hostOverride), { description: 'By name of the Host.' }),
  images: optional(z.record(imageName, imageName), {
    description:
      'Image to use instead, by name with tag or digest, or by name alone; then the tag stays unless the new name has one.',
    examples: [{ 'docker.io/library/nginx': 'mirror.example.com/nginx' }],
  }),
});

const limits = z.strictObject({
  actionsPerHost: optional(z.int().min(1).max(64), {
    description: 'Calls to one engine at a time.',
    default: LIMITS.actionsPerHost,
  }),
  pullsPerHost: optional(z.int().min(1).max(16), {
    description: 'Pulls of images on one host at a time.',
    default: LIMITS.pullsPerHost,
  }),
  audit: optional(atLeastOneSecond, {
    description:
      'One container of each host is inspected this often, in turn: it catches what no event told.',
    default: LIMITS.audit,
  }),
  resync: optional(atLeastOneSecond, {
    description: 'A whole report of each host is taken this often, even if no event was missed.',
    default: LIMITS.resync,
  }),
  lease: optional(
    durationMs.refine((ms) => ms >= 3_000, 'must be at least 3s'),
    {
      description: 'After a controller has vanished without a trace, the next one waits this long.',
      default: LIMITS.lease,
    },
  ),
  housekeeping: optional(
    z.strictObject({
      every: optional(atLeastOneSecond, {
        description: 'How often images and volumes are removed that neither a service nor a rollback needs.',
        default: LIMITS.housekeeping.every,
      }),
      keepStopped: optional(durationMs, {
        description: 'How long a stopped container is kept for its logs.',
        default: LIMITS.housekeeping.keepStopped,
      }),
    }),
    { description: 'What is removed from hosts, and when.' },
  ),
});

export const configSchema = z
  .strictObject({
    controller: required(controller, { description: 'Who this controller is.' }),
    sources: required(z.array(sourceSchema).min(1, 'needs at least one source'), {
      description: 'The Git repositories to follow.',
    }),
    ssh: optional(
      z.strictObject({
        keys: optional(z.record(credentialName, sshKey), {
          description: 'By name; `credential` of a Host and of a source names one, `default` if it does not.',
        }),
      }),
      { description: 'Keys that open hosts (ssh://) and Git servers.' },
    ),
    tls: optional(z.record(credentialName, tlsCredential), {
      description: 'Certificates for hosts with tcp:// addresses, by name; `credential` of a Host names one.',
    }),
    registries: optional(z.array(registry), { description: 'Registries that need a login or a setting.' }),
    insecurePrivateRegistries: optional(z.boolean(), {
      description: 'Plain HTTP for all registries that are written as a loopback or private IP address.',
      default: false,
    }),
    dataDir: optional(filePath, {
      description: 'Directory of the store and of the copies of repositories.',
      default: '/var/lib/plimsoll; not as root: ~/.local/share/plimsoll',
    }),
    store: optional(
      z.strictObject({
        path: optional(filePath, {
          description: 'File of the store, on a local disk.',
          default: 'store.db in dataDir',
        }),
        auditEntries: optional(z.int().min(100).max(10_000_000), {
          description: 'How many entries of the audit are kept at least.',
          default: CONFIG_DEFAULTS.auditEntries,
        }),
      }),
      { description: 'The memory of the controller.' },
    ),
    git: optional(
      z.strictObject({
        cacheDir: optional(filePath, {
          description: 'Directory for copies of remote repositories.',
          default: 'git in dataDir',
        }),
      }),
      { description: 'How repositories are kept.' },
    ),
    listen: optional(listen, { description: 'Where the controller can be reached.' }),
    overrides: optional(overrides, {
      description: 'Runs the manifests of a fleet somewhere else, for demonstrations and tests.',
    }),
    loadBalancer: optional(
      z.strictObject({
        image: optional(imageName, {
          description:
            'Image of HAProxy 2.6 or later with a user `haproxy`, bash, tar, flock and getent. It runs on every host where services connect to each other. `overrides.images` does not change it.',
          default: CONFIG_DEFAULTS.loadBalancer.image,
          examples: ['registry.example.com/haproxy:2.6'],
        }),
        meshPorts: optional(
          z.strictObject({
            http: optional(portNumber, {
              description: 'For services of protocol `http`.',
              default: CONFIG_DEFAULTS.loadBalancer.meshPorts.http,
            }),
            tcp: optional(portNumber, {
              description: 'For services of protocol `tcp`.',
              default: CONFIG_DEFAULTS.loadBalancer.meshPorts.tcp,
            }),
          }),
          {
            description:
              'TCP ports on which the load balancers of hosts reach each other, encrypted and with certificates on both sides. Firewalls between hosts must let them through.',
          },
        ),
      }),
      { description: 'What carries the traffic between services.' },
    ),
    limits: optional(limits, { description: 'How much at once, and how often.' }),
    log: optional(
      z.strictObject({
        level: optional(z.enum(['debug', 'info', 'warn', 'error']), {
          description: 'The least that is logged.',
          default: CONFIG_DEFAULTS.logLevel,
        }),
      }),
      { description: 'What the controller prints.' },
    ),
  })
  .meta({ title: 'plimsoll.yaml', description: 'Configuration of a controller.' });

export type ConfigFile = z.infer<typeof configSchema>;
export type SourceEntry = ConfigFile['sources'][number];
