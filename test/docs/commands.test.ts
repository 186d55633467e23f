// Every command of the manual is run by readme-tour.lab.test.ts or listed with the reason why not, and what a
// reader would copy as YAML is valid.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT, run } from '../cli/command-line.ts';
import { Scratch } from '../cli/scratch.ts';
import { type Piece, piecesOf } from './pieces.ts';
import { SUBSTITUTIONS } from './step.ts';
import { PAGES } from './tour.ts';

const pages = PAGES.map(({ path, steps }) => {
  const text = readFileSync(join(ROOT, path), 'utf8');
  return { path, text, steps, pieces: piecesOf(text) };
});
const yamlOf = (pieces: readonly Piece[]): readonly string[] =>
  pieces.flatMap((piece) => (piece.kind === 'yaml' ? [piece.text] : []));

describe.each(pages)('the commands of $path', ({ pieces, steps }) => {
  it('are those of the table, in the same order', () => {
    const commands = pieces.flatMap((piece) => (piece.kind === 'command' ? [piece.text] : []));
    expect(commands).toEqual(steps.map((step) => step.command));
  });
});

it.each(SUBSTITUTIONS)('the manual still says $says', ({ says }) => {
  expect(pages.filter(({ text }) => text.includes(says))).not.toEqual([]);
});

const HOST = `apiVersion: plimsoll.dev/v1
kind: Host
metadata: { name: local, labels: { role: app } }
spec: { address: "unix:///var/run/docker.sock" }
`;
const NAMESPACE = `apiVersion: plimsoll.dev/v1
kind: Namespace
metadata: { name: shop }
spec: {}
`;
const serviceWith = (name: string, spec: string): string => `apiVersion: plimsoll.dev/v1
kind: Service
metadata: { name: ${name}, namespace: shop }
spec:
  image: registry.example.com/shop/${name}:1.0.0
  mem_limit: 256m
${spec}`;
/** Another namespace, whose services one may let in. */
const OTHER = `${NAMESPACE.replace('shop', 'billing')}---
${serviceWith('invoices', '').replace('namespace: shop', 'namespace: billing')}`;
const letting = (piece: string) => ({
  'web.yaml': serviceWith('web', `  serves: [8080/http]\n  ${piece}\n`),
});
const withRollout = (rollout: string) => ({
  'web.yaml': serviceWith('web', `  serves: [80/http]\n  rollout: ${rollout}\n`),
});
type Place = (piece: string) => Readonly<Record<string, string>>;
const alike = (place: Place, ...pieces: readonly string[]): Readonly<Record<string, Place>> =>
  Object.fromEntries(pieces.map((piece) => [piece, place]));
const asStep: Place = (piece) =>
  withRollout(`{ strategy: canary, steps: [{ weight: 1 }, { ${piece} }, { weight: 7 }, { analyze: {} }] }`);
const STEPS = ['replicas: 1', 'replicas: 25%', 'weight: 5', 'weight: 25', 'weight: 50', 'pause: 5m'];
const BLUE_GREEN = `rollout:
  strategy: blueGreen
  promotion: manual              # wait for a person before the switch
  bake: 10m                      # by default 30s`;
const configurationWith = (source: string): string => `controller: { id: main }
sources:
  - id: main
    url: ./
    fleet: true
${source}`;

/** Where a piece of YAML within a sentence belongs; a whole manifest stands for itself. */
const PLACES: Readonly<Record<string, Place>> = {
  'role: app': (piece) => ({ 'host.yaml': HOST.replace('role: app', piece) }),
  'labels: { memory: 16g }': (piece) => ({ 'host.yaml': HOST.replace('labels: { role: app }', piece) }),
  'url: ./': (piece) => ({ 'plimsoll.yaml': configurationWith('').replace('url: ./', piece) }),
  'drift: { mode: report }': (piece) => ({ 'web.yaml': serviceWith('web', `  ${piece}\n`) }),
  'drift: { ignore: [limits.memoryBytes] }': (piece) => ({ 'web.yaml': serviceWith('web', `  ${piece}\n`) }),
  'serves: [8080/http]': (piece) => ({ 'web.yaml': serviceWith('web', `  ${piece}\n`) }),
  'connects: [db]': (piece) => ({ 'web.yaml': serviceWith('web', `  ${piece}\n`) }),
  'allowFrom: [billing]': letting,
  'allowFrom: [billing/invoices]': letting,
  'dependsOn: [api]': (piece) => ({
    'web.yaml': serviceWith('web', `  ${piece}\n`),
    'api.yaml': serviceWith('api', ''),
  }),
  'ports: ["8080"]': (piece) => ({ 'web.yaml': serviceWith('web', `  ${piece}\n`) }),
  'networkRange: 10.77.0.0/16': (piece) => ({ 'host.yaml': HOST.replace(/ \}\n$/, `, ${piece} }\n`) }),
  ...alike(asStep, ...STEPS, 'confirm: {}', 'analyze: {}'),
  ...alike((piece) => withRollout(`{ strategy: canary, ${piece} }`), 'bake: 10m', 'analysis: []'),
  ...alike(
    (piece) => withRollout(`{ strategy: canary, analysis: [{ compare: { ${piece} } }] }`),
    ...['evidence: 100', 'evidence: 20', 'errors: { absolute: 0.02 }'],
  ),
  'strategy: canary': (piece) => withRollout(`{ ${piece} }`),
  'promotion: manual': (piece) => withRollout(`{ strategy: blueGreen, ${piece} }`),
  [BLUE_GREEN]: (piece) => ({
    'web.yaml': serviceWith('web', `  serves: [80/http]\n${piece.replaceAll(/^/gm, '  ')}\n`),
  }),
  'selfHeal: report': (piece) => ({ 'plimsoll.yaml': configurationWith(`    ${piece}\n`) }),
};

describe.each(pages)('the YAML of $path', ({ pieces }) => {
  it.each(yamlOf(pieces))('is valid: %s', async (piece) => {
    const files = piece.startsWith('apiVersion:') ? { 'it.yaml': piece } : PLACES[piece]?.(piece);
    expect(files, 'a place for it in PLACES').toBeDefined();
    // What the pieces refer to.
    const others = {
      'host.yaml': HOST,
      'shop.yaml': NAMESPACE,
      'db.yaml': serviceWith('db', '  serves: [5432/tcp]\n'),
      'other.yaml': OTHER,
    };
    using scratch = new Scratch({ ...others, ...files });
    const configuration = files !== undefined && 'plimsoll.yaml' in files;
    const config = configuration ? ['--config', join(scratch.path, 'plimsoll.yaml')] : [];
    expect(await run(['validate', scratch.path, ...config])).toMatchObject({ code: 0, stderr: '' });
  });
});

it('no place is left over for YAML that the manual no longer has', () => {
  const found = pages.flatMap(({ pieces }) => yamlOf(pieces));
  expect(Object.keys(PLACES).filter((piece) => !found.includes(piece))).toEqual([]);
});
