// Probes of a container's address, its output, and commands in it.

import { describe, expect, it } from 'vitest';
import { toProblem } from '../../src/kernel/errors.ts';
import type { ExecRequest, ExecSession, LogChunk, LogsQuery, ProbeTarget } from '../../src/ports/host.ts';
import { expectProblem, freshName, type HostSubject, look, lookUntil, run, SHORT } from './host-subject.ts';

export function probeConformance(subject: () => HostSubject): void {
  describe('a probe', () => {
    async function target(change: Partial<ProbeTarget> = {}): Promise<ProbeTarget> {
      const { host, behaviours } = subject();
      const id = await run(host, behaviours.serves);
      const [endpoint] = Object.values((await look(host, id)).networks);
      const address = endpoint?.address ?? '';
      return { kind: 'http', address, port: 8080, path: '/', headers: {}, ...change };
    }
    const probe = (what: ProbeTarget, deadlineMs = 2_000) => subject().host.probe(what, { deadlineMs });

    it.each(['http', 'tcp'] as const)('by %s passes where the container serves', async (kind) => {
      if (!subject().canProbe) return;
      const what = await target({ kind });
      const giveUpAt = performance.now() + 10_000;
      // It has been started a moment ago.
      while (!(await probe(what)).ok && performance.now() < giveUpAt);
      expect(await probe(what)).toEqual({ ok: true, tookMs: expect.any(Number) });
    });

    it('fails with the status of an answer that is no success', async () => {
      if (!subject().canProbe) return;
      const what = await target();
      const giveUpAt = performance.now() + 10_000;
      while (!(await probe(what)).ok && performance.now() < giveUpAt);
      expect(await probe({ ...what, path: '/missing' })).toMatchObject({
        ok: false,
        because: expect.stringContaining('404'),
      });
    });

    it('fails where nothing listens', async () => {
      if (!subject().canProbe) return;
      const what = await target({ kind: 'tcp', port: 9 });
      expect(await probe(what)).toMatchObject({ ok: false, because: expect.stringMatching(/refused/i) });
    });
  });
}

const text = (chunks: readonly LogChunk[], stream: LogChunk['stream']): string =>
  Buffer.concat(chunks.filter((chunk) => chunk.stream === stream).map(({ data }) => data)).toString();

export function logConformance(subject: () => HostSubject): void {
  describe('logs', () => {
    const query = (change: Partial<LogsQuery> = {}): LogsQuery => ({
      follow: false,
      tail: null,
      sinceMs: null,
      timestamps: false,
      ...change,
    });
    async function read(id: string, what: LogsQuery): Promise<LogChunk[]> {
      const chunks: LogChunk[] = [];
      for await (const chunk of subject().host.logs(id, what, AbortSignal.timeout(15_000)))
        chunks.push(chunk);
      return chunks;
    }
    async function talked(): Promise<string> {
      const { host, behaviours } = subject();
      const id = await run(host, behaviours.talks);
      await lookUntil(host, id, 'its end', ({ status }) => status === 'exited');
      return id;
    }

    it('keep output and errors apart', async () => {
      const chunks = await read(await talked(), query());
      expect(text(chunks, 'stdout')).toBe('out 1\nout 2\nout 3\n');
      expect(text(chunks, 'stderr')).toBe('err 1\n');
    });

    it('begin where they are told to', async () => {
      const id = await talked();
      expect(text(await read(id, query({ tail: 0 })), 'stdout')).toBe('');
      expect(text(await read(id, query({ sinceMs: 60_000 })), 'stdout')).toBe('out 1\nout 2\nout 3\n');
      expect(text(await read(id, query({ timestamps: true })), 'stderr')).toMatch(/^\d{4}-\S+Z err 1\n$/);
    });

    it('are followed to the end of the container', async () => {
      const { host, behaviours } = subject();
      const id = await run(host, behaviours.talks);
      expect(text(await read(id, query({ follow: true })), 'stdout')).toBe('out 1\nout 2\nout 3\n');
    });

    it('are followed until they are no longer wanted', async () => {
      const { host, behaviours } = subject();
      const id = await run(host, behaviours.ticks);
      const controller = new AbortController();
      let ticks = 0;
      for await (const chunk of host.logs(id, query({ follow: true }), controller.signal)) {
        ticks += text([chunk], 'stdout').split('tick').length - 1;
        if (ticks >= 3) controller.abort();
      }
      expect(ticks).toBeGreaterThanOrEqual(3);
    });

    it('of a container that is not there', async () => {
      await expectProblem(read(freshName('nobody'), query()), 'engine/not-found');
    });
  });
}

type StartCommand = (command: readonly string[], change?: Partial<ExecRequest>) => Promise<ExecSession>;

/** Starts commands, each in a container of its own. */
function starter(subject: () => HostSubject): StartCommand {
  return async (command, change = {}) => {
    const { host, behaviours } = subject();
    const id = await run(host, behaviours.serves);
    return host.exec(id, { command, tty: false, stdin: false, size: null, ...change }, SHORT);
  };
}

async function readAll(session: ExecSession): Promise<LogChunk[]> {
  const chunks: LogChunk[] = [];
  for await (const chunk of session.output) chunks.push(chunk);
  return chunks;
}

export function execConformance(subject: () => HostSubject): void {
  const start = starter(subject);
  describe('a command in a container', () => {
    it('prints, and ends with a code', async () => {
      const { commands } = subject();
      if (commands === null) return;
      const session = await start(commands.print('hello'));
      expect(text(await readAll(session), 'stdout')).toBe('hello\n');
      expect(await session.exitCode).toBe(0);
      const failing = await start(commands.exit(7));
      await readAll(failing);
      expect(await failing.exitCode).toBe(7);
    });

    it('is left alone', async () => {
      const { commands } = subject();
      if (commands === null) return;
      const session = await start(commands.echo, { stdin: true });
      session.kill();
      expect(await readAll(session)).toEqual([]);
    });

    it('ends when the host is closed', async () => {
      const { host, commands } = subject();
      if (commands === null) return;
      const session = await start(commands.echo, { stdin: true });
      const output = readAll(session).catch(toProblem);
      await host.close();
      expect(await output).toMatchObject({ code: 'host/unreachable' });
      await host.connect(SHORT);
      await expectProblem(session.exitCode, 'host/unreachable');
    });

    it('needs a running container', async () => {
      const { host, behaviours, commands } = subject();
      if (commands === null) return;
      const id = await run(host, behaviours.serves);
      await host.stopContainer(id, 0, SHORT);
      const command = { command: commands.echo, tty: false, stdin: false, size: null };
      await expectProblem(host.exec(id, command, SHORT), 'engine/conflict');
      await expectProblem(host.exec(freshName('nobody'), command, SHORT), 'engine/not-found');
    });
  });
}

export function inputConformance(subject: () => HostSubject): void {
  const start = starter(subject);
  describe('a command with input', () => {
    it('reads what is written to it', async () => {
      const { commands } = subject();
      if (commands === null) return;
      const session = await start(commands.echo, { stdin: true });
      await session.write(Buffer.from('one\n'));
      await session.write(Buffer.from('two\n'));
      session.closeInput();
      expect(text(await readAll(session), 'stdout')).toBe('one\ntwo\n');
      expect(await session.exitCode).toBe(0);
    });

    it('takes as much as is written to it', async () => {
      const { commands } = subject();
      if (commands === null) return;
      const session = await start(commands.echo, { stdin: true });
      const block = Buffer.from(`${'x'.repeat(65_535)}\n`);
      const writing = (async () => {
        for (let blocks = 0; blocks < 64; blocks++) await session.write(block);
        session.closeInput();
      })();
      expect(text(await readAll(session), 'stdout').length).toBe(64 * block.length);
      await writing;
    });

    it('has a terminal of the size that is wanted, and of another', async () => {
      const { commands } = subject();
      if (commands === null) return;
      const session = await start(commands.terminalSize, {
        tty: true,
        stdin: true,
        size: { columns: 100, rows: 40 },
      });
      let output = '';
      await session.write(Buffer.from('\n'));
      for await (const { data } of session.output) {
        const before = output;
        output += Buffer.from(data).toString();
        if (!output.includes('40 100') || before.includes('40 100')) continue;
        await session.resize(120, 50);
        await session.write(Buffer.from('\n'));
      }
      expect(output).toContain('50 120');
      expect(await session.exitCode).toBe(0);
    });
  });
}
