// `plimsoll host add ADDRESS`: shows the host's key for comparison, checks the host, and writes its Host
// manifest with the key pinned.

import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Command } from 'commander';
import type { HostAddress } from '../../desired/desired.ts';
import { PlimsollError, problem } from '../../kernel/errors.ts';
import { HostId } from '../../kernel/ids.ts';
import { parseEngineAddress } from '../../manifest/host-address.ts';
import { loadOptionalConfig } from '../configuration.ts';
import type { CommandContext, Run } from '../context.ts';
import { hostManifest } from '../host-manifest.ts';
import { exitCodeOf, printProblem } from '../problems.ts';
import { missingSshKey } from '../ssh-key.ts';
import { isSameEngine, writtenHosts } from '../written-hosts.ts';
import { printExamination } from './doctor.ts';
import { writeNew } from './init.ts';

interface Options {
  readonly name?: string;
  readonly directory: string;
  readonly label: Readonly<Record<string, string>>;
  readonly credential: string;
  readonly fingerprint?: string;
  readonly yes?: true;
  readonly check: boolean;
  readonly config?: string;
}

const SCAN_MS = 15_000;
const usage = (message: string, hint: string): PlimsollError =>
  new PlimsollError(problem('command/usage', message, { hint }));

function parseAddress(text: string): HostAddress {
  const parsed = parseEngineAddress(text);
  if ('because' in parsed) throw usage(parsed.because, 'Write it as ssh://user@host[:port].');
  return parsed.address;
}

/** The first part of the host's name, unless a name is given. */
function nameOf(address: HostAddress, given: string | undefined): HostId {
  const host = address.scheme === 'unix' ? 'local' : address.host;
  const isNumeric = /^[0-9.:]+$/.test(host);
  const guess = isNumeric
    ? `host-${host.replaceAll(/[.:]+/g, '-')}`
    : (host.split('.')[0] ?? '').toLowerCase();
  const parsed = HostId.safeParse(given ?? guess);
  if (parsed.success) return parsed.data;
  const message = parsed.error.issues[0]?.message ?? 'is not valid';
  throw usage(`the name ${given ?? guess} ${message}`, 'Name the host with --name.');
}

const withoutPadding = (fingerprint: string): string => fingerprint.replace(/=+$/, '');

/** The key to pin, after a person or `--fingerprint` has confirmed it. */
async function confirmedKey(
  { terminal, runtime }: CommandContext,
  address: HostAddress & { readonly scheme: 'ssh' },
  options: Options,
): Promise<string> {
  const key = await runtime.scanHostKey(address, { deadlineMs: SCAN_MS });
  terminal.print(`${address.host} shows the ${key.type} key ${terminal.paint('bold', key.fingerprint)}`);
  if (options.fingerprint !== undefined) {
    if (withoutPadding(options.fingerprint) === key.fingerprint) return key.line;
    const message = `${address.host} shows ${key.fingerprint}, not ${options.fingerprint}`;
    throw new PlimsollError(problem('host/key-mismatch', message));
  }
  if (options.yes) return key.line;
  const compare = 'for i in /etc/ssh/ssh_host_*_key.pub; do ssh-keygen -lf "$i"; done';
  if (!terminal.canAsk)
    throw usage(
      'the host key is not confirmed',
      `Compare it with what \`${compare}\` prints on the host, and pass --fingerprint ${key.fingerprint}.`,
    );
  terminal.print(`Compare it with what this prints on the host itself:\n  ${compare}`);
  const answer = await terminal.ask('Is it the key of this host? [y/N] ');
  if (/^y(es)?$/i.test(answer)) return key.line;
  throw new PlimsollError(problem('host/key-unknown', 'the key was not confirmed; nothing is written'));
}

/** Refuses a host that a manifest has already, by its address or by its name. */
async function refuseKnown(directory: string, name: HostId, address: HostAddress): Promise<void> {
  const known = await writtenHosts(directory);
  const same = known.find((host) => isSameEngine(host.address, address));
  const hint = 'Edit that file, or remove it first.';
  if (same !== undefined) {
    const message = `${same.file} has a host with this address already: ${same.name}`;
    throw new PlimsollError(problem('command/exists', message, { hint }));
  }
  const namesake = known.find((host) => host.name === name);
  if (namesake !== undefined) {
    const message = `${namesake.file} has a host ${name} already`;
    throw new PlimsollError(problem('command/exists', message, { hint: 'Name the new one with --name.' }));
  }
}

async function addHost(context: CommandContext, text: string, options: Options): Promise<number> {
  const { terminal, runtime, env } = context;
  const address = parseAddress(text);
  const name = nameOf(address, options.name);
  const file = path.join(options.directory, `${name}.yaml`);
  if (existsSync(file)) throw new PlimsollError(problem('command/exists', `${file} is there already`));
  await refuseKnown(options.directory, name, address);
  const config = await loadOptionalConfig(options.config, env);
  if (!config.ok) {
    for (const found of config.error) printProblem(terminal, found);
    return exitCodeOf(config.error.map((p) => p.code));
  }
  const missing =
    options.check && address.scheme === 'ssh' ? missingSshKey(config.value, options.credential, env) : null;
  if (missing !== null) throw new PlimsollError(missing);
  const hostKeys = address.scheme === 'ssh' ? [await confirmedKey(context, address, options)] : [];
  const { credential, label: labels } = options;
  if (options.check) {
    const examination = await runtime.examineHost({ name, address, hostKeys, credential }, config.value);
    if (!printExamination(terminal, examination)) {
      terminal.note(terminal.paintError('red', 'the host is not ready; nothing is written'));
      terminal.note('  → Correct what is marked, or write the manifest all the same with --no-check.');
      return 1;
    }
  }
  const isWritten = await writeNew(file, hostManifest({ name, address, hostKeys, credential, labels }));
  if (!isWritten) throw new PlimsollError(problem('command/exists', `${file} is there already`));
  terminal.print(`${terminal.paint('green', 'wrote')} ${file}; commit it to add the host to the fleet`);
  return 0;
}

function collectLabel(
  text: string,
  labels: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const [key = '', ...value] = text.split('=');
  if (key === '' || value.length === 0) throw usage(`${text} is no label`, 'Write a label as key=value.');
  return { ...labels, [key]: value.join('=') };
}

export function addHostCommands(program: Command, run: Run): void {
  const host = program.command('host').description('add hosts to the fleet');
  host
    .command('add')
    .description('check a host, pin its key and write its Host manifest')
    .argument('<address>', 'ssh://user@host[:port], unix:///path or tcp://host[:port]')
    .option('--name <name>', 'its name in the fleet; otherwise the first part of its address')
    .option('--directory <directory>', 'where the manifest is written', 'manifests/hosts')
    .option('--label <key=value>', 'a label that placement selects by; may be repeated', collectLabel, {})
    .option('--credential <name>', 'the key of plimsoll.yaml that opens it', 'default')
    .option('--fingerprint <sha256>', 'the fingerprint that its key must have: SHA256:…')
    .option('--yes', 'pin whatever key it shows, without asking')
    .option('--no-check', 'do not log in')
    .option('--config <file>', 'the plimsoll.yaml with the key')
    .action((address: string, options: Options) => run((context) => addHost(context, address, options)));
}
