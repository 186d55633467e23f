// NAME on the command line: `service`, or `namespace/service` where two namespaces have one of that name.

import type { ControllerClient, ServicePlace } from '../api/client.ts';
import { PlimsollError, type Problem, problem } from '../kernel/errors.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import { nearest } from '../manifest/nearest.ts';

/** `command/not-found` with the nearest name, or `command/usage` with all that it could mean. */
function resolveServiceName(name: string, known: readonly ServicePlace[]): Result<ServicePlace, Problem> {
  const [first = '', second, ...more] = name.split('/');
  const whole = (place: ServicePlace): string => `${place.namespace}/${place.name}`;
  const found = known.filter((place) =>
    second === undefined ? place.name === first : place.namespace === first && place.name === second,
  );
  const [only, other] = found;
  if (only !== undefined && other === undefined && more.length === 0) return ok(only);
  if (only !== undefined) {
    const hint = `Name one of them: ${found.map(whole).sort().join(', ')}.`;
    return err(problem('command/usage', `there are ${found.length} services ${name}`, { hint }));
  }
  const meant = nearest(name, second === undefined ? known.map((place) => place.name) : known.map(whole));
  return err(
    problem('command/not-found', `there is no service ${name}`, {
      ...(meant === null ? {} : { hint: `Did you mean \`${meant}\`?` }),
    }),
  );
}

/** Asks the controller which services there are. Rejects with the Problem. */
export async function findService(client: ControllerClient, name: string): Promise<ServicePlace> {
  const { services } = await client.ask('status');
  const resolved = resolveServiceName(name, services);
  if (!resolved.ok) throw new PlimsollError(resolved.error);
  const { namespace, name: service } = resolved.value;
  return { namespace, name: service };
}
