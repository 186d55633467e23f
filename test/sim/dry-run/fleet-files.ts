// Small fleets as files, and a dry run of them as the command line asks for one.

import type { SimulationOptions } from '../../../src/cli/runtime.ts';
import { printSimulation } from '../../../src/cli/simulation-view.ts';
import type { Problem } from '../../../src/kernel/errors.ts';
import { createRuntime } from '../../../src/runtime/runtime.ts';
import type { DryRunReport, ServiceForecast } from '../../../src/sim/dry-run/report.ts';
import { screenTerminal } from '../../cli/command-line.ts';
import { Scratch } from '../../cli/scratch.ts';

export type Files = Readonly<Record<string, string>>;

export const ASSUMED: SimulationOptions['assumptions'] = {
  pullMs: 20_000,
  startupMs: 5_000,
  stopMs: 1_000,
  hostMemoryBytes: 8 * 2 ** 30,
};

export const host = (name: string, labels = ''): string => `apiVersion: plimsoll.dev/v1
kind: Host
metadata: { name: ${name}, labels: { ${labels} } }
spec: { address: "tcp://${name}.example.com:2376" }
`;

/** `h1` to `h3`. */
export const HOSTS: Files = { 'h1.yaml': host('h1'), 'h2.yaml': host('h2'), 'h3.yaml': host('h3') };

export const CHECKED = 'readiness: { http: { path: /ready, port: 8080 }, period: 1s }';

/** `spec`: in flow style, after the image. */
export const service = (name: string, tag: string, spec = CHECKED): string => `apiVersion: plimsoll.dev/v1
kind: Service
metadata: { name: ${name} }
spec: { image: "registry.example.com/shop/${name}:${tag}", mem_limit: 64m, ${spec} }
`;

export interface Asked extends Partial<Omit<SimulationOptions, 'commit' | 'assumptions'>> {
  readonly assumptions?: Partial<SimulationOptions['assumptions']>;
}

/** Of directories. */
export async function simulateAt(
  directory: string,
  next: string | null,
  { assumptions, ...asked }: Asked = {},
): Promise<DryRunReport | readonly Problem[]> {
  const runtime = createRuntime({ HOME: '/nonexistent' });
  const simulated = await runtime.simulateDirectory(directory, null, {
    commit: next,
    running: null,
    lost: [],
    failing: [],
    onProgress: () => {},
    signal: new AbortController().signal,
    ...asked,
    assumptions: { ...ASSUMED, ...assumptions },
  });
  return simulated.ok ? simulated.value.report : simulated.error;
}

/** `next`: what is committed where the first runs; null: the first is committed to empty hosts. */
export async function simulate(files: Files, next: Files | null, asked: Asked = {}): Promise<DryRunReport> {
  using first = new Scratch(files);
  using second = new Scratch(next ?? {});
  const report = await simulateAt(first.path, next === null ? null : second.path, asked);
  if (!('outcome' in report)) throw new Error(report.map(({ message }) => message).join('\n'));
  return report;
}

export function serviceOf({ services }: DryRunReport, key: string): ServiceForecast {
  const found = services.find(({ service }) => service === key);
  if (found === undefined) throw new Error(`nothing is told of ${key}`);
  return found;
}

/** As people see it. */
export function printed(report: DryRunReport): string {
  const { terminal, screen } = screenTerminal();
  printSimulation(terminal, report);
  return screen.text;
}

/** What was done, in words, without host names and spans. */
export const actionsOf = ({ timeline }: Pick<DryRunReport, 'timeline'>): readonly string[] =>
  timeline
    .filter(({ kind }) => kind === 'action/succeeded')
    .map(({ message }) => message.split(' ')[0] ?? '');
