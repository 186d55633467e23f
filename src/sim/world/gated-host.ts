// A Host whose answers reach its process only while that runs. What was sent is sent: the engine does
// not know that nobody listens any more.

import type { EngineEvent } from '../../observed/report.ts';
import type { Host } from '../../ports/host.ts';
import type { BalancerPort } from '../link/sim-link.ts';
import type { ProcessClock } from './process-clock.ts';

async function* gatedEvents(events: AsyncIterable<EngineEvent>, clock: ProcessClock) {
  for await (const event of events) {
    await clock.receive(Promise.resolve());
    yield event;
  }
}

export function gatedHost(host: Host, clock: ProcessClock): Host {
  const gate = <T>(answer: Promise<T>): Promise<T> => clock.receive(answer);
  return {
    id: host.id,
    connect: (options) => gate(host.connect(options)),
    onDisconnect: (callback) =>
      host.onDisconnect((because) => void clock.receive(Promise.resolve()).then(() => callback(because))),
    close: () => gate(host.close()),
    report: (known, options) => gate(host.report(known, options)),
    inspectContainer: (id, options) => gate(host.inspectContainer(id, options)),
    listNetworks: (options) => gate(host.listNetworks(options)),
    listVolumes: (options) => gate(host.listVolumes(options)),
    listImages: (options) => gate(host.listImages(options)),
    events: (signal) => gatedEvents(host.events(signal), clock),
    pullImage: (reference, credential, onProgress, options) =>
      gate(
        host.pullImage(
          reference,
          credential,
          (progress) => {
            if (clock.isRunning) onProgress(progress);
          },
          options,
        ),
      ),
    createNetwork: (request, options) => gate(host.createNetwork(request, options)),
    createVolume: (name, labels, options) => gate(host.createVolume(name, labels, options)),
    fillVolume: (volume, image, labels, files, options) =>
      gate(host.fillVolume(volume, image, labels, files, options)),
    createContainer: (request, options) => gate(host.createContainer(request, options)),
    startContainer: (id, options) => gate(host.startContainer(id, options)),
    restartContainer: (id, graceMs, options) => gate(host.restartContainer(id, graceMs, options)),
    stopContainer: (id, graceMs, options) => gate(host.stopContainer(id, graceMs, options)),
    removeContainer: (id, options) => gate(host.removeContainer(id, options)),
    updateContainer: (id, change, options) => gate(host.updateContainer(id, change, options)),
    connectNetwork: (network, id, place, options) => gate(host.connectNetwork(network, id, place, options)),
    disconnectNetwork: (network, id, options) => gate(host.disconnectNetwork(network, id, options)),
    removeNetwork: (id, options) => gate(host.removeNetwork(id, options)),
    removeVolume: (name, options) => gate(host.removeVolume(name, options)),
    removeImage: (id, options) => gate(host.removeImage(id, options)),
    probe: (target, options) => gate(host.probe(target, options)),
    logs: (id, query, signal) => host.logs(id, query, signal),
    exec: (id, request, options) => gate(host.exec(id, request, options)),
  };
}

export function gatedBalancer({ tell, state, measure }: BalancerPort, clock: ProcessClock): BalancerPort {
  return {
    tell: (container, telling, options) => clock.receive(tell(container, telling, options)),
    state: (container, options) => clock.receive(state(container, options)),
    measure: (container, options) => clock.receive(measure(container, options)),
  };
}
