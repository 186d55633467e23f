// The simulated host against the same suite as the real one, on the real clock.

import { systemClock, systemRandom } from '../../../src/adapters/clock/system.ts';
import { Sealed } from '../../../src/kernel/sealed.ts';
import type { Behaviour } from '../../../src/sim/engine/behaviour.ts';
import { createSimLink } from '../../../src/sim/link/sim-link.ts';
import { type HostSubject, hostConformance } from '../../conformance/host-conformance.ts';
import { image, MapRegistry, plainEngine } from '../engine/plain-engine.ts';

const line = (stream: 'stdout' | 'stderr', text: string, everyMs: number | null = null) => ({
  stream,
  text,
  afterMs: 1,
  everyMs,
});

const BEHAVIOURS = {
  serves: { listens: { ports: [8080], answers: 'ok', statusOf: { '/missing': 404 } } },
  exits: { exits: { afterMs: 1, code: 3 } },
  healthy: { health: 'passes', healthEveryMs: 100 },
  unhealthy: { health: 'fails', healthEveryMs: 100 },
  stubborn: { ignoresSigterm: true },
  talks: {
    prints: [
      line('stdout', 'out 1'),
      line('stderr', 'err 1'),
      line('stdout', 'out 2'),
      line('stdout', 'out 3'),
    ],
    exits: { afterMs: 30, code: 0 },
  },
  ticks: { prints: [line('stdout', 'tick', 50)], listens: null },
  cannotStart: { cannotStart: 'exec: "/does-not-exist": no such file or directory' },
} as const satisfies Record<keyof HostSubject['behaviours'], Partial<Behaviour>>;

async function subject(): Promise<HostSubject> {
  const registry = new MapRegistry();
  const engine = plainEngine(systemClock, { registry });
  const load = (name: keyof HostSubject['behaviours']) => {
    const reference = `r.example/${name.toLowerCase()}:1`;
    engine.loadImage(image(BEHAVIOURS[name]), [reference]);
    return { image: reference };
  };
  const credential = (password: string) => ({
    registry: 'r.example',
    username: 'somebody',
    password: new Sealed(password),
  });
  let pulls = 0;
  const fresh = (name: string): string => {
    pulls += 1;
    registry.push(`r.example/${name}-${pulls}:1`, image());
    return `r.example/${name}-${pulls}:1`;
  };
  return {
    host: createSimLink({ engine, clock: systemClock, random: systemRandom }),
    behaviours: {
      serves: load('serves'),
      exits: load('exits'),
      healthy: load('healthy'),
      unhealthy: load('unhealthy'),
      stubborn: load('stubborn'),
      talks: load('talks'),
      ticks: load('ticks'),
      cannotStart: load('cannotStart'),
    },
    registry: {
      fresh: async () => fresh('fresh'),
      missing: 'r.example/web:missing',
      secured: fresh('secured'),
      credential: credential('right'),
      wrongCredential: credential('wrong'),
    },
    commands: null,
    canProbe: true,
  };
}

hostConformance('a simulated host', subject);
