// Nothing is remembered for ever, and nothing that is still needed is forgotten: at rest the store has the
// rows that what runs and what can be gone back to needs, and no others (I10, I12).

import { LABEL } from '../../kernel/owner.ts';
import { namespaceOf } from '../shop/shop.ts';
import type { StoreWriteNote } from '../store/sim-store.ts';
import type { Check } from './check.ts';
import { configsOf, historyRows, keysUnder, revisionRows, revisionsNamed, serviceRows } from './disk-rows.ts';
import { hasBeenOut, hasImage, isToldOf } from './hosts.ts';
import type { Scene } from './scene.ts';
import { Violation } from './violation.ts';

/** Ended runs that are kept unless a service says otherwise. */
const HISTORY_KEPT = 10;

export class Remembered implements Check {
  readonly #scene: Scene;
  /** Runs of services that were removed meanwhile: their revisions are forgotten before they are. */
  readonly #ofRemoved = new Set<string>();

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  written({ stage, keys }: StoreWriteNote): void {
    if (stage !== 'durable') return;
    const { disk } = this.#scene.world;
    for (const key of keys) {
      if (!key.startsWith('service/') || disk.get(key) !== null) continue;
      const runs = `deployment/${key.slice('service/'.length)}/`;
      for (const run of keysUnder(disk, runs)) this.#ofRemoved.add(runs + run);
    }
  }

  atRest(): void {
    this.#mustBeServices();
    this.#mustBeShort();
    this.#mustBeRevisions();
    this.#mustBeOnHosts();
    this.#mustNameVolumes();
  }

  #mustBeServices(): void {
    const { disk, shop } = this.#scene.world;
    const names = [...serviceRows(disk).values()].map(({ name }) => String(name));
    const unknown = names.find((name) => !shop.services.has(name));
    if (unknown !== undefined) throw new Violation('I12', `${unknown} is remembered, and no commit wants it`);
    const [leaving] = keysUnder(disk, 'host/');
    if (leaving !== undefined) throw new Violation('I12', `${leaving} is still said to leave the fleet`);
  }

  #mustBeShort(): void {
    const { disk, shop } = this.#scene.world;
    for (const [key, runs] of historyRows(disk)) {
      const most = shop.services.get(key.split('/')[1] ?? '')?.history ?? HISTORY_KEPT;
      if (runs.length > most)
        throw new Violation('I12', `${runs.length} runs of ${key} are remembered, at most ${most} are kept`);
    }
  }

  #mustBeRevisions(): void {
    const { disk } = this.#scene.world;
    const named = revisionsNamed(disk);
    const revisions = revisionRows(disk);
    const there = new Set(revisions.map(({ id }) => id));
    for (const id of there)
      if (!named.has(id)) throw new Violation('I12', `revision ${id} is remembered, and nothing names it`);
    for (const id of named)
      if (!there.has(id) && !this.#isExcused(id))
        throw new Violation('I10', `revision ${id} is forgotten, and a rollback may need it`);
    const configs = configsOf(revisions);
    const kept = new Set(keysUnder(disk, 'config/'));
    for (const hash of kept)
      if (!configs.has(hash))
        throw new Violation('I12', `config ${hash} is remembered, and nothing mounts it`);
    for (const hash of configs)
      if (!kept.has(hash))
        throw new Violation('I10', `config ${hash} is forgotten, and a rollback may need it`);
  }

  #isExcused(id: string): boolean {
    const { disk } = this.#scene.world;
    const names = [...this.#ofRemoved].some((key) => disk.get(key)?.value.includes(id) ?? false);
    // After the store was lost, revisions of what is found are not known any more.
    return names || this.#scene.world.isAmnesic;
  }

  /** What is noted of hosts is so. */
  #mustBeOnHosts(): void {
    const { disk, hosts } = this.#scene.world;
    for (const key of keysUnder(disk, 'filled/')) {
      const [name = '', hash] = key.split('/');
      if (hasBeenOut(this.#scene.world, name)) continue;
      const volumes = hosts.get(name)?.engine.machine.volumes.values() ?? [];
      const isThere = [...volumes].some(({ observed }) => observed.labels[LABEL.content] === hash);
      if (!isThere) throw new Violation('I12', `config ${hash} is said to be on ${name}`);
    }
    for (const key of keysUnder(disk, 'pulled/')) {
      const name = key.slice(0, key.indexOf('/'));
      const image = key.slice(name.length + 1);
      const host = hosts.get(name);
      if (host === undefined || (!hasBeenOut(this.#scene.world, name) && !hasImage(host, image)))
        throw new Violation('I12', `${image} is said to be on ${name}`);
    }
  }

  #mustNameVolumes(): void {
    const { disk, hosts, shops } = this.#scene.world;
    const named = new Map<string, string>();
    for (const { key, value } of disk.list('volume/'))
      named.set(key.slice('volume/'.length), JSON.parse(value));
    for (const { id, engine } of hosts.values())
      for (const { observed } of engine.machine.volumes.values()) {
        const { labels } = observed;
        if (labels[LABEL.kind] !== 'volume') continue;
        const volume = `${labels[LABEL.namespace]}/${labels[LABEL.volume]}`;
        const host = named.get(volume);
        // It left the fleet, and then the store was lost that knew of it.
        if (host === undefined && !isToldOf(this.#scene.world, id)) continue;
        if (host !== id) throw new Violation('I6', `${volume} lies on ${id}, and the store says ${host}`);
        named.delete(volume);
      }
    // A place may have been chosen and the volume never made.
    const chosen = new Set(
      [...shops.values()].flatMap(({ services }) =>
        [...services.values()].map((s) => `${namespaceOf(s)}/${s.name}-data`),
      ),
    );
    for (const [volume, host] of named)
      if (!chosen.has(volume))
        throw new Violation('I6', `${volume} is said to lie on ${host}, where it is not`);
  }
}
