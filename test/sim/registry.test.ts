// The simulated registry keeps the same contract as the real adapter before a real registry.

import { systemClock } from '../../src/adapters/clock/system.ts';
import { registryPort } from '../../src/sim/registry/registry-port.ts';
import { REGISTRY_OUTAGES, SimRegistry } from '../../src/sim/registry/sim-registry.ts';
import { type RegistryUnderTest, registryContract } from '../conformance/registry-contract.ts';

const ADDRESS = 'registry.test';
const ACCOUNT = { username: 'shop', password: 'right-password' };

async function simulated(guise: 'open' | 'password'): Promise<RegistryUnderTest> {
  const registry = new SimRegistry();
  let delayMs = 1;
  if (guise === 'password') registry.protect(`${ADDRESS}/team/secret`, ACCOUNT.password);
  const port = { registry, clock: systemClock, delayMs: () => delayMs, isAlive: () => true };
  return {
    address: ADDRESS,
    account: ACCOUNT,
    open: () => registryPort(port),
    push: async (repository, tag) => registry.push(`${ADDRESS}/${repository}:${tag}`).digest,
    async remove(repository, digest) {
      const image = registry.imageOf(`${ADDRESS}/${repository}@${digest}`);
      if (image === null) throw new Error('there is no such image');
      registry.remove(`${image.name}:${image.tag}`);
    },
    async stop() {
      registry.outage = REGISTRY_OUTAGES.unreachable;
    },
    async start() {
      registry.outage = null;
    },
    async freeze() {
      delayMs = Number.POSITIVE_INFINITY;
    },
    async thaw() {
      delayMs = 1;
    },
    limitRate(isLimited) {
      registry.outage = isLimited ? REGISTRY_OUTAGES.rateLimit : null;
    },
    close: async () => {},
  };
}

registryContract('a simulated registry', simulated);
