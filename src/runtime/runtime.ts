// What the command line is given: adapters and loop behind its own interface.

import { openSshConnection } from '../adapters/ssh/connection.ts';
import { scanHostKey } from '../adapters/ssh/scan.ts';
import type { Runtime } from '../cli/runtime.ts';
import type { Config } from '../config/config.ts';
import type { DesiredHost } from '../desired/desired.ts';
import { HostId } from '../kernel/ids.ts';
import { examineHost, formatAddress } from '../loop/doctor.ts';
import { DEFAULTS } from '../manifest/schema/defaults.ts';
import { hostAsker } from './compose.ts';
import { readDirectory } from './directory.ts';
import { localConfig } from './local-config.ts';
import { planDirectory } from './plan-directory.ts';
import { serve, serveDirectory } from './serve.ts';

export function createRuntime(env: Readonly<Record<string, string | undefined>>): Runtime {
  const orLocal = (config: Config | null): Config => config ?? localConfig(env);
  return {
    readDirectory,
    planDirectory: (directory, config, options) => planDirectory(directory, orLocal(config), options),
    async simulateDirectory(directory, config, options) {
      // The simulator is large, and no other command needs it.
      const { simulateDirectory } = await import('./simulate-directory.ts');
      return simulateDirectory(directory, orLocal(config), options);
    },
    serve,
    serveDirectory: (directory, config, options) => serveDirectory(directory, orLocal(config), options),
    scanHostKey,
    async examineHost({ name, address, hostKeys, credential }, config) {
      const known = orLocal(config);
      const host: DesiredHost = {
        id: HostId.parse(name),
        address,
        hostKeys,
        credential,
        labels: {},
        taints: [],
        reserved: { cpus: 0, memoryBytes: 0 },
        networkRange: DEFAULTS.networkRange,
        meshAddress: null,
        schedulable: true,
        span: null,
      };
      return {
        name,
        address: formatAddress(address),
        findings: [...(await examineHost(host, hostAsker(known), { taken: [] }))],
      };
    },
    async openSsh(options) {
      const connection = await openSshConnection(options);
      return { openUnix: (path) => connection.openUnix(path), close: () => connection.close() };
    },
  };
}
