// A Host whose engine exists only in memory, for measuring what a change costs the controller itself.

import { PlimsollError, problem } from '../../src/kernel/errors.ts';
import type { HostId } from '../../src/kernel/ids.ts';
import { instant } from '../../src/kernel/time.ts';
import type { EngineEvent, EngineInfo } from '../../src/observed/report.ts';
import type { Host } from '../../src/ports/host.ts';
import { SimulatedEngine } from './simulated-engine.ts';

const ENGINE: EngineInfo = {
  id: 'simulated',
  version: '20.10.24',
  apiVersion: '1.41',
  os: 'linux',
  architecture: 'amd64',
  cpus: 8,
  memoryBytes: 2 ** 35,
  liveRestore: false,
};

const now = () => instant(Date.now());

function unsupported(what: string): never {
  throw new PlimsollError(problem('internal', `a simulated host has no ${what}`));
}

async function* eventsOf(engine: SimulatedEngine, signal: AbortSignal): AsyncGenerator<EngineEvent> {
  const waiting: EngineEvent[] = [];
  let wake = Promise.withResolvers<void>();
  const forget = engine.listen((event) => {
    waiting.push(event);
    wake.resolve();
  });
  signal.addEventListener('abort', () => wake.resolve(), { once: true });
  try {
    while (!signal.aborted) {
      await wake.promise;
      wake = Promise.withResolvers<void>();
      yield* waiting.splice(0);
    }
  } finally {
    forget();
  }
}

export function simulatedHost(id: HostId, images: readonly string[]): Host {
  const engine = new SimulatedEngine(images);
  return {
    id,
    connect: async () => ENGINE,
    onDisconnect: () => {},
    close: async () => {},
    report: async (_known, { withoutImages }) => ({
      at: now(),
      engine: ENGINE,
      containers: [...engine.containers.values()],
      networks: [...engine.networks.values()],
      volumes: [...engine.volumes.values()],
      images: withoutImages === true ? null : engine.images,
    }),
    inspectContainer: async (idOrName) => engine.find(idOrName) ?? null,
    listNetworks: async () => [...engine.networks.values()],
    listVolumes: async () => [...engine.volumes.values()],
    listImages: async () => engine.images,
    events: (signal) => eventsOf(engine, signal),
    pullImage: async () => {},
    createNetwork: async (name, labels) => engine.createNetwork(name, labels),
    createVolume: async (name, labels) => engine.createVolume(name, labels),
    fillVolume: async () => {},
    createContainer: async (request) => engine.create(request),
    startContainer: async (container) =>
      engine.change(container, 'start', { status: 'running', startedAt: now(), finishedAt: null }),
    restartContainer: async (container) => engine.change(container, 'restart', { startedAt: now() }),
    stopContainer: async (container) =>
      engine.change(container, 'die', { status: 'exited', exitCode: 0, finishedAt: now() }),
    removeContainer: async (container) => engine.remove(container),
    updateContainer: async (container, change) => engine.change(container, 'update', change),
    connectNetwork: async () => unsupported('networks to connect'),
    removeNetwork: async (network) => void engine.networks.delete(network),
    removeVolume: async (name) => void engine.volumes.delete(name),
    removeImage: async () => {},
    probe: async () => unsupported('probes'),
    logs: () => unsupported('logs'),
    exec: async () => unsupported('commands'),
  };
}
