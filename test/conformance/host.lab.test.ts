// The real host against real engines: over SSH with an open key, over SSH with a key that may only run
// `docker system dial-stdio`, and over a local socket.

import { afterAll, beforeAll } from 'vitest';
import { systemClock } from '../../src/adapters/clock/system.ts';
import { createDockerHost, type DockerHostOptions } from '../../src/adapters/docker/docker-host.ts';
import { HostId } from '../../src/kernel/ids.ts';
import { Sealed } from '../../src/kernel/sealed.ts';
import { type Lab, startLab } from '../lab/lab.ts';
import { type HostSubject, hostConformance } from './host-conformance.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await startLab({ hosts: 1 });
});
afterAll(() => lab.stop());

type Way = Pick<DockerHostOptions, 'address' | 'hostKeys' | 'credential'>;

function overSsh(privateKey: string): Way {
  const { address: host, hostKey } = lab.host('h1');
  return {
    address: { scheme: 'ssh', user: 'root', host, port: 22, socketPath: '/var/run/docker.sock' },
    hostKeys: [hostKey],
    credential: { kind: 'key', privateKey: new Sealed(privateKey), passphrase: null },
  };
}

let pulls = 0;

async function subject(way: Way, canProbe: boolean): Promise<HostSubject> {
  const { images, privateRegistry, registry } = lab;
  const serves = { image: (await images.web('serves')).ref };
  const image = (await images.busybox('plain')).ref;
  const behaviours = {
    serves,
    exits: { image: (await images.web('exits', { exitCode: 3 })).ref },
    healthy: { image: (await images.web('healthy', { healthcheck: true })).ref },
    unhealthy: { image: (await images.web('unhealthy', { healthcheck: true, healthy: 'no' })).ref },
    stubborn: { image: (await images.web('stubborn', { ignoreTerm: 'yes' })).ref },
    cannotStart: { ...serves, spec: { entrypoint: ['/does-not-exist'] } },
    talks: {
      image,
      spec: { command: ['sh', '-c', 'echo out 1; echo err 1 >&2; echo out 2; echo out 3'] },
    },
    ticks: { image, spec: { command: ['sh', '-c', 'while :; do echo tick; usleep 50000; done'] } },
  };
  const host = createDockerHost({ id: HostId.parse('h1'), clock: systemClock, ...way });
  await host.connect({ deadlineMs: 10_000 });
  for (const behaviour of Object.values(behaviours)) {
    await host.pullImage(behaviour.image, null, () => {}, { deadlineMs: 60_000 });
  }
  const credential = (password: string) => ({
    registry: privateRegistry.address,
    username: privateRegistry.credentials?.username ?? '',
    password: new Sealed(password),
  });
  return {
    host,
    behaviours,
    registry: {
      fresh: async () => (await images.web(`fresh-${++pulls}`)).ref,
      missing: `${registry.address}/web:missing`,
      secured: (await privateRegistry.images.busybox(`secured-${++pulls}`)).ref,
      credential: credential(privateRegistry.credentials?.password ?? ''),
      wrongCredential: credential('wrong'),
    },
    commands: {
      print: (text) => ['echo', text],
      exit: (code) => ['sh', '-c', `exit ${code}`],
      echo: ['cat'],
      read: (path) => ['cat', path],
      terminalSize: ['sh', '-c', 'read line; stty size; read line; stty size'],
    },
    canProbe,
  };
}

hostConformance('over SSH', () => subject(overSsh(lab.ssh.key.privateKey), true));
hostConformance('over SSH, by docker system dial-stdio', () =>
  subject(overSsh(lab.ssh.dialStdioKey.privateKey), false),
);
// The lab's hosts have networks of their own, which a process outside of them does not reach.
hostConformance('over a local socket', () => {
  const address = { scheme: 'unix', socketPath: lab.host('h1').dockerSocket } as const;
  return subject({ address, hostKeys: [], credential: null }, false);
});
