// The chain that `plimsoll why` shows: what a person is told in each situation, link by link.

import { describe, expect, it } from 'vitest';
import { problem } from '../../src/kernel/errors.ts';
import { CommitSha, HostId, RevisionId, ServiceKey, SourceId } from '../../src/kernel/ids.ts';
import { instant } from '../../src/kernel/time.ts';
import { type Evidence, explain } from '../../src/loop/why.ts';
import { unknownHost } from '../../src/observed/host-view.ts';
import { newServiceMemory } from '../../src/rollout/memory.ts';
import { service } from '../plan/world.ts';
import { analyze, began, measured, weight } from '../traffic/canary-words.ts';

const key = ServiceKey.parse('shop/api');
const source = SourceId.parse('main');
const commit = CommitSha.parse('a'.repeat(40));
const revision = RevisionId.parse('0123456789ab');
const at = instant(0);
const desired = service('api', { replicas: 2 });
const memory = newServiceMemory(desired);

const CALM: Evidence = {
  key,
  desired,
  memory,
  source: { id: source, commit, head: null, held: null, problems: [] },
  accepted: null,
  unread: null,
  image: null,
  instances: [],
  failures: [],
  blocked: [],
};

const told = (evidence: Partial<Evidence>): string[] =>
  explain({ ...CALM, ...evidence }).map(({ link, object, because }) => `${link} ${object}: ${because}`);

const IN_FORCE = 'commit aaaaaaaaaaaa: in force from source main; defines shop/api with 2 replicas';

describe('the chain', () => {
  it('begins with the commit that defines the service', () => {
    expect(told({})).toEqual([IN_FORCE]);
  });

  it('names who wrote the commit', () => {
    const accepted = {
      at,
      actor: 'Ada',
      event: 'commit/accepted',
      object: 'main',
      because: 'Two replicas',
      details: '{}',
      sequence: 1,
      hash: '',
    };
    expect(told({ accepted })[0]).toBe(
      'commit aaaaaaaaaaaa: in force from source main: Two replicas (Ada); defines shop/api with 2 replicas',
    );
  });

  it('says that the commit does not want the service any more', () => {
    expect(told({ desired: null })[0]).toBe(
      'commit aaaaaaaaaaaa: in force from source main; does not define shop/api: it is removed',
    );
  });

  it('says nothing about removal while the source is not read', () => {
    const unread =
      'source main is not read since 2026-03-01T12:00:07Z: connection refused (source/unreachable)';
    const problems = [problem('source/unreachable', 'connection refused')];
    const unreadSource = { id: source, commit, head: null, held: null, problems };
    expect(told({ desired: null, source: unreadSource, unread })).toEqual([
      'commit aaaaaaaaaaaa: was in force from source main when it was last read; shop/api is left as it is',
      `source main: ${unread}`,
    ]);
  });

  it('says why a newer commit is not in force', () => {
    const held = { commit: CommitSha.parse('b'.repeat(40)), because: 'it would remove much', at };
    const problems = [problem('manifest/yaml', 'wrong indentation')];
    expect(told({ source: { id: source, commit, head: null, held, problems } }).slice(1)).toEqual([
      'source main: commit bbbbbbbbbbbb is held: it would remove much',
      'source main: wrong indentation (manifest/yaml)',
    ]);
  });

  it('says what is known of the image', () => {
    const reference = 'registry.test/api:1';
    const digest = `sha256:${'c'.repeat(64)}`;
    const found = {
      reference,
      at,
      outcome: { ok: true as const, value: null, identity: { kind: 'digest' as const, digest } },
    };
    expect(told({ image: found })[1]).toBe(`image ${reference}: is ${digest}`);
    const failed = {
      reference,
      at,
      outcome: { ok: false as const, problem: problem('image/auth', 'wrong password') },
    };
    expect(told({ image: failed })[1]).toBe(`image ${reference}: wrong password (image/auth)`);
  });

  it('says what a person chose and what is not deployed again', () => {
    const pinned = {
      ...memory,
      pin: { revision, specHash: null, by: 'user:ada', at },
      quarantine: [{ revision, because: 'three failures', at, terms: null }],
    };
    expect(told({ memory: pinned }).slice(1)).toEqual([
      'pin 0123456789ab: chosen by user:ada with `plimsoll rollback`',
      'quarantine 0123456789ab: not deployed again: three failures',
    ]);
  });

  it('says at which step a rollout is, and what was found out about the new revision', () => {
    const stage = began([weight(5), analyze], { compared: true });
    measured(stage, 1);
    const row = stage.memory();
    const object = `shop/api#${row.rollout?.sequence}`;
    expect(told({ memory: row }).slice(2)).toEqual([
      `step ${object}: step 2 of 2, analyze, with 5 % of the requests`,
      expect.stringMatching(/^verdict shop\/api#2: undecided: .* against .* needed/),
    ]);
  });

  it('has no step of a rollout that replaces replicas as it can', () => {
    expect(told({ memory: began([]).memory() }).slice(2)).toEqual([]);
  });

  it('follows each instance to its host, its container and its probe', () => {
    const host = HostId.parse('h1');
    const instance = {
      revision,
      ordinal: 0,
      attempt: 0,
      host,
      hostPorts: [],
      intent: 'run' as const,
      because: 'first deployment',
      plannedAt: at,
      seenAt: null,
      readyAt: null,
      faults: 0,
      hasServed: true,
      toldToStop: false,
      faultMark: null,
      retryAt: null,
      leavingSince: null,
      drainingSince: null,
    };
    const name = 'shop.api.0123456789ab.0.0';
    const container = {
      id: 'c1',
      name,
      labels: {},
      imageId: 'i1',
      status: 'exited' as const,
      health: 'none' as const,
      startedAt: at,
      finishedAt: at,
      exitCode: 137,
      outOfMemory: true,
      restartCount: 2,
      restartPolicy: 'no',
      networks: {},
      sharesNetworkOf: null,
      hostPorts: [],
      volumes: [],
      limits: { memoryBytes: null, memoryReservationBytes: null, cpus: null, pids: null },
    };
    const view = {
      ...unknownHost(host, at),
      state: 'unreachable' as const,
      because: 'no answer',
      seenAt: at,
    };
    const probe = { startup: 'passed' as const, ready: false, alive: true, because: 'http :80/ says 503' };
    expect(told({ instances: [{ instance, name, container, view, probe }] }).slice(1)).toEqual([
      `instance ${name}: wanted on h1: first deployment`,
      'host h1: unreachable: no answer',
      `container ${name}: when it was last seen: exited with code 137, out of memory, restarted 2 times by the engine`,
      `probe ${name}: when it was last seen: not ready: http :80/ says 503`,
    ]);
    const gone = { instance, name, container: null, view: { ...view, state: 'fresh' as const }, probe: null };
    expect(told({ instances: [gone] }).at(-1)).toBe(`container ${name}: is not on h1`);
  });

  it('ends with what failed and what stands in the way', () => {
    const failure = {
      problem: problem('engine/failed', 'no space left'),
      count: 3,
      at,
      retryAt: instant(20_000),
    };
    const blocked = [{ object: 'shop/api', because: 'waits for shop/db', needs: 'service' as const }];
    expect(told({ failures: [{ action: 'h1/runContainer/x', failure }], blocked }).slice(1)).toEqual([
      'failure h1/runContainer/x: failed 3 times: no space left (engine/failed); tried again 20s later',
      'blocked shop/api: waits for shop/db',
    ]);
  });
});
