// Which port of a container a person reaches by which port of its host.

import { describe, expect, it } from 'vitest';
import type { PortSpec } from '../../src/desired/container.ts';
import { publishedPorts } from '../../src/loop/published-ports.ts';

/** `18080->80/tcp`: published where the engine is told, `*` where it chooses. */
function spec(text: string): { readonly port: PortSpec; readonly chosen: number | null } {
  const [, host = '', target, protocol] = /^(\*|\d+)->(\d+)\/(tcp|udp)$/.exec(text) ?? [];
  const chosen = host === '*' ? null : Number(host);
  const published = chosen === null ? null : { from: chosen, to: chosen };
  return {
    port: {
      target: Number(target),
      protocol: protocol === 'udp' ? 'udp' : 'tcp',
      published,
      hostIp: '0.0.0.0',
    },
    chosen,
  };
}

function shown(specs: readonly string[], seen: readonly string[]): string[] {
  const ports = specs.map(spec);
  const engine = seen.map((text) => {
    const [port, protocol] = text.split('/');
    return { port: Number(port), protocol: protocol === 'udp' ? ('udp' as const) : ('tcp' as const) };
  });
  return publishedPorts(
    engine,
    ports.map((p) => p.port),
    ports.map((p) => p.chosen),
  ).map((p) => `${p.port}->${p.containerPort ?? '?'}/${p.protocol}`);
}

describe('a port of the host leads to a port of the container', () => {
  it.each<[string, readonly string[], readonly string[], readonly string[]]>([
    ['that was chosen for it', ['18080->8080/tcp'], ['18080/tcp'], ['18080->8080/tcp']],
    [
      'of the same protocol',
      ['53->5353/udp', '53->5300/tcp'],
      ['53/tcp', '53/udp'],
      ['53->5300/tcp', '53->5353/udp'],
    ],
    ['where the engine chose and there is one', ['*->80/tcp'], ['32768/tcp'], ['32768->80/tcp']],
    [
      'where it chose one for each address',
      ['*->80/tcp'],
      ['32768/tcp', '32769/tcp'],
      ['32768->80/tcp', '32769->80/tcp'],
    ],
    [
      'where it chose several, which it lists by their text',
      ['*->9000/tcp', '*->10000/tcp', '18080->8080/tcp'],
      ['18080/tcp', '32768/tcp', '32769/tcp'],
      ['18080->8080/tcp', '32768->10000/tcp', '32769->9000/tcp'],
    ],
    [
      'unless nobody can tell',
      ['*->80/tcp', '*->81/tcp'],
      ['1/tcp', '2/tcp', '3/tcp'],
      ['1->?/tcp', '2->?/tcp', '3->?/tcp'],
    ],
    ['unless somebody else published it', [], ['80/tcp'], ['80->?/tcp']],
  ])('%s', (_, specs, seen, ports) => {
    expect(shown(specs, seen)).toEqual(ports);
  });
});
