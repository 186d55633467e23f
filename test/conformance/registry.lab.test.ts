// The real adapter before Debian's docker-registry, open and with a password, behind a front that can limit
// the rate.

import { afterAll, beforeAll } from 'vitest';
import { systemClock } from '../../src/adapters/clock/system.ts';
import { createRegistry } from '../../src/adapters/registry/registry.ts';
import { type Lab, startLab } from '../lab/lab.ts';
import { pushImage } from '../lab/push.ts';
import { type RegistryUnderTest, registryContract } from './registry-contract.ts';
import { openFront } from './registry-front.ts';

let lab: Lab | null = null;
beforeAll(async () => {
  lab = await startLab({ hosts: [] });
});
afterAll(() => lab?.stop());

async function real(guise: 'open' | 'password'): Promise<RegistryUnderTest> {
  if (lab === null) throw new Error('there is no lab');
  const { address, credentials, daemon } = guise === 'open' ? lab.registry : lab.privateRegistry;
  const front = await openFront(address);
  let pushes = 0;
  const account = credentials ?? { username: 'nobody', password: 'none' };
  const basic = Buffer.from(`${account.username}:${account.password}`).toString('base64');
  return {
    address: front.address,
    account,
    open: () => createRegistry({ clock: systemClock, registries: [], insecurePrivateAddresses: true }),
    async push(repository, tag) {
      pushes += 1;
      const image = await pushImage({ address, credentials }, repository, tag, [], { Env: [`N=${pushes}`] });
      return image.digest;
    },
    async remove(repository, digest) {
      const url = `http://${address}/v2/${repository}/manifests/${digest}`;
      const headers = { authorization: `Basic ${basic}` };
      const { status } = await fetch(url, { method: 'DELETE', headers, signal: AbortSignal.timeout(5_000) });
      if (status !== 202) throw new Error(`DELETE ${url} answers ${status}`);
    },
    stop: () => daemon.kill(),
    start: () => daemon.start(),
    freeze: () => daemon.pause(),
    thaw: () => daemon.resume(),
    limitRate(isLimited) {
      front.isLimited = isLimited;
    },
    close: () => front.close(),
  };
}

registryContract('a real registry', real);
