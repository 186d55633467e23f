// Makes the probes that manifests ask for, from the hosts' side, and keeps each container's verdict by
// the thresholds. A verdict that changes wakes the loop; single results do not.

import type { ProbeSpec, Probes } from '../desired/probes.ts';
import type { HostId, ServiceKey } from '../kernel/ids.ts';
import { isSameJson } from '../kernel/same-json.ts';
import type { FoundContainer } from '../observed/observed.ts';
import type { Clock } from '../ports/clock.ts';
import type { Host, ProbeTarget } from '../ports/host.ts';
import type { ProbeVerdict } from '../rollout/facts.ts';
import { pause } from './deadline.ts';

export interface ProberOptions {
  readonly clock: Clock;
  readonly host: (id: HostId) => Host | undefined;
  readonly onVerdict: (service: ServiceKey, containerId: string) => void;
}

/** A running container and how it is probed: its own revision says that, not the newest commit. */
export interface Probed {
  readonly found: FoundContainer;
  readonly probes: Probes;
  /** Where its ports can be reached from its host; null while it has no address. */
  readonly address: string | null;
}

interface Subject {
  readonly service: ServiceKey;
  readonly probes: Probes;
  readonly host: HostId;
  readonly address: string;
  /** A restarted container starts its probes anew. */
  readonly startedAt: number | null;
  readonly stop: AbortController;
}

/** Absent until the first result that counts: nobody may take "not asked yet" for "not ready". */
const firstVerdict = (probes: Probes): ProbeVerdict => ({
  startup: probes.startup === null ? 'passed' : 'pending',
  ready: probes.readiness === null ? probes.startup === null : null,
  alive: true,
  because: 'not probed yet',
});

function targetOf(probe: ProbeSpec, address: string): ProbeTarget {
  const { check } = probe;
  return check.kind === 'tcp'
    ? { kind: 'tcp', address, port: check.port, path: '/', headers: {} }
    : { kind: check.scheme, address, port: check.port, path: check.path, headers: check.headers };
}

const isSameProbes = (a: Probes, b: Probes): boolean => isSameJson(a, b);
const hasProbes = (p: Probes): boolean => p.startup !== null || p.readiness !== null || p.liveness !== null;

function isCurrent(subject: Subject, now: Probed | undefined): boolean {
  return (
    now !== undefined &&
    isSameProbes(subject.probes, now.probes) &&
    subject.address === now.address &&
    subject.startedAt === now.found.container.startedAt
  );
}

export class Prober {
  readonly #options: ProberOptions;
  readonly #subjects = new Map<string, Subject>();
  readonly #verdicts = new Map<string, ProbeVerdict>();

  constructor(options: ProberOptions) {
    this.#options = options;
  }

  get verdicts(): ReadonlyMap<string, ProbeVerdict> {
    return this.#verdicts;
  }

  /** Brings the probes of one service in line with its running containers. */
  update(key: ServiceKey, running: readonly Probed[]): void {
    const wanted = new Map<string, Probed>();
    for (const probed of running) if (hasProbes(probed.probes)) wanted.set(probed.found.container.id, probed);
    for (const [id, subject] of this.#subjects)
      if (subject.service === key && !isCurrent(subject, wanted.get(id))) this.#drop(id, subject);
    for (const [id, probed] of wanted)
      if (probed.address !== null && !this.#subjects.has(id)) this.#begin(id, key, probed, probed.address);
  }

  stop(): void {
    for (const [id, subject] of this.#subjects) this.#drop(id, subject);
  }

  #drop(id: string, subject: Subject): void {
    subject.stop.abort();
    this.#subjects.delete(id);
    this.#verdicts.delete(id);
  }

  #begin(id: string, service: ServiceKey, { found, probes }: Probed, address: string): void {
    const subject: Subject = {
      service,
      probes,
      host: found.host,
      address,
      startedAt: found.container.startedAt,
      stop: new AbortController(),
    };
    this.#subjects.set(id, subject);
    void this.#probe(id, subject);
  }

  async #probe(id: string, subject: Subject): Promise<void> {
    const { startup, readiness, liveness } = subject.probes;
    // The startup probe gates the others, as in Kubernetes.
    if (startup !== null && !(await this.#runStartup(id, subject, startup))) return;
    const both: Promise<void>[] = [];
    if (readiness !== null)
      both.push(this.#repeat(id, subject, readiness, (ok, because) => ({ ready: ok, because })));
    if (liveness !== null)
      both.push(
        this.#repeat(id, subject, liveness, (ok, because) =>
          ok ? { alive: true } : { alive: false, because },
        ),
      );
    await Promise.all(both);
  }

  async #runStartup(id: string, subject: Subject, probe: ProbeSpec): Promise<boolean> {
    let failures = 0;
    await pause(this.#options.clock, probe.initialDelayMs, subject.stop.signal);
    while (!subject.stop.signal.aborted) {
      const result = await this.#once(subject, probe);
      if (subject.stop.signal.aborted) return false;
      if (result === null) {
        await pause(this.#options.clock, probe.periodMs, subject.stop.signal);
        continue;
      }
      const { ok, because } = result;
      if (ok) {
        const ready = subject.probes.readiness === null ? true : null;
        this.#change(id, subject, { startup: 'passed', ready, because });
        return true;
      }
      failures += 1;
      if (failures >= probe.failureThreshold) this.#change(id, subject, { startup: 'failed', because });
      await pause(this.#options.clock, probe.periodMs, subject.stop.signal);
    }
    return false;
  }

  async #repeat(
    id: string,
    subject: Subject,
    probe: ProbeSpec,
    verdict: (ok: boolean, because: string) => Partial<ProbeVerdict>,
  ): Promise<void> {
    let streak = 0;
    let last: boolean | null = null;
    await pause(this.#options.clock, probe.initialDelayMs, subject.stop.signal);
    while (!subject.stop.signal.aborted) {
      const result = await this.#once(subject, probe);
      if (subject.stop.signal.aborted) return;
      if (result === null) {
        await pause(this.#options.clock, probe.periodMs, subject.stop.signal);
        continue;
      }
      const { ok, because } = result;
      streak = ok === last ? streak + 1 : 1;
      last = ok;
      if (streak >= (ok ? probe.successThreshold : probe.failureThreshold))
        this.#change(id, subject, verdict(ok, because));
      await pause(this.#options.clock, probe.periodMs, subject.stop.signal);
    }
  }

  /** Null: the host could not be asked, which says nothing about the container. */
  async #once(subject: Subject, probe: ProbeSpec): Promise<{ ok: boolean; because: string } | null> {
    const host = this.#options.host(subject.host);
    if (host === undefined) return null;
    const target = targetOf(probe, subject.address);
    const what =
      target.kind === 'tcp' ? `tcp :${target.port}` : `${target.kind} :${target.port}${target.path}`;
    try {
      const outcome = await host.probe(target, { deadlineMs: probe.timeoutMs, signal: subject.stop.signal });
      return outcome.ok
        ? { ok: true, because: `${what} answers` }
        : { ok: false, because: `${what}: ${outcome.because}` };
    } catch {
      return null;
    }
  }

  #change(id: string, subject: Subject, change: Partial<ProbeVerdict>): void {
    const known = this.#verdicts.get(id);
    const before = known ?? firstVerdict(subject.probes);
    const after = { ...before, ...change };
    this.#verdicts.set(id, after);
    const isSame =
      known !== undefined &&
      before.startup === after.startup &&
      before.ready === after.ready &&
      before.alive === after.alive;
    if (!isSame) this.#options.onVerdict(subject.service, id);
  }
}
