// Whatever documents come together, resolving them gives Desired or problems with a place, the same each
// time and in whatever order the files are given.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { resolveDesired } from '../../src/desired/resolve.ts';
import { CommitSha, SourceId } from '../../src/kernel/ids.ts';
import { readManifests, type SourceFile } from '../../src/manifest/read.ts';
import { manifest, service, sourceFile } from '../manifest/reading.ts';

const names = fc.constantFrom('a', 'b', 'c', 'shop');
const serviceText = fc
  .record({
    name: names,
    namespace: fc.constantFrom('default', 'shop', 'nowhere'),
    on: fc.array(names, { maxLength: 2 }),
    config: names,
    role: names,
    connects: fc.array(names, { maxLength: 2 }),
  })
  .map(({ name, namespace, on, config, role, connects }) =>
    service(
      `dependsOn: ${JSON.stringify(on)}\nconfigs: [${config}]\nplacement: { hosts: { role: ${role} } }\nserves: [80/http]\nallowFrom: [${name}]\nconnects: ${JSON.stringify(connects)}`,
    ).replace('name: web', `name: ${name}, namespace: ${namespace}`),
  );
const configText = names.map((name) => manifest('Config', name, 'data: { a: x }'));
const hostText = fc
  .tuple(names, names)
  .map(([name, role]) => manifest('Host', `${name}, labels: { role: ${role} }`, 'address: unix:///s'));
const namespaceText = fc
  .tuple(names, fc.constantFrom('level: restricted', 'limits: { services: 1 }', 'permissions: [privileged]'))
  .map(([name, keys]) => manifest('Namespace', name, keys));

const files = fc
  .array(fc.oneof(serviceText, serviceText, configText, hostText, namespaceText), { maxLength: 10 })
  .map((texts): readonly SourceFile[] => texts.map((text, index) => sourceFile(`${index}.yaml`, text)));

function outcome(one: readonly SourceFile[]) {
  const { documents } = readManifests(one);
  const commit = CommitSha.parse('a'.repeat(40));
  return resolveDesired({
    sources: [{ id: SourceId.parse('main'), fleet: true, commit, documents, files: new Map() }],
  });
}

test('any set of documents, in any order', () => {
  let accepted = 0;
  fc.assert(
    fc.property(files, (one) => {
      const result = outcome(one);
      expect(outcome([...one].reverse())).toEqual(result);
      if (result.ok) accepted += 1;
      else expect(result.error.every((found) => found.span !== undefined)).toBe(true);
    }),
    { numRuns: 400 },
  );
  // Otherwise the generator has become useless.
  expect(accepted).toBeGreaterThan(10);
});
