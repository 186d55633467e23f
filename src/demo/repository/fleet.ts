// The Git side of the demo: the example's manifests in a bare repository that the controller follows, and
// the visitor's clone of it. Every step is the one that a user would type.

import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { runCommand, tryCommand } from '../command.ts';
import { type Places, PROJECT } from '../places.ts';

const GIT_MS = 30_000;
/** The hook waits for the convergence. */
const PUSH_MS = 600_000;
const BRANCH = 'main';
const VISITOR = ['-c', 'user.name=Plimsoll demo', '-c', 'user.email=demo@plimsoll.example'];
/** Neither signatures nor hooks of the user have a say in what the demo commits by itself. */
const UNTOUCHED = ['-c', 'commit.gpgsign=false', '-c', 'core.hooksPath=/dev/null'];

const git = (directory: string, args: readonly string[], deadlineMs = GIT_MS): Promise<string> =>
  runCommand('git', ['-C', directory, ...args], { deadlineMs, env: { GIT_TERMINAL_PROMPT: '0' } });

function yamlFiles(directory: string): readonly string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => path.join(directory, file));
}

/** The line by which editors find the schema is relative to the file. */
function pointToSchema(clone: string): void {
  const schema = path.join(PROJECT, 'src/docs/reference/manifest.schema.json');
  for (const file of yamlFiles(clone)) {
    const text = readFileSync(file, 'utf8');
    writeFileSync(file, text.replace(/\$schema=\S+/, `$schema=${path.relative(path.dirname(file), schema)}`));
  }
}

/** The project's hook in the bare repository, as on a server. */
async function installHook({ repository, controllerSocket }: Places): Promise<void> {
  const hooks = path.join(repository, 'hooks');
  mkdirSync(hooks);
  symlinkSync(path.join(PROJECT, 'hooks/post-receive'), path.join(hooks, 'post-receive'));
  const settings = {
    // A path of the user's own would take the place of the repository's.
    'core.hooksPath': hooks,
    'plimsoll.command': path.join(PROJECT, 'src/bootstrap/plimsoll.cjs'),
    'plimsoll.socket': controllerSocket,
  };
  for (const [key, value] of Object.entries(settings)) await git(repository, ['config', key, value]);
}

/** Commits of the visitor need a name; the machine's own goes before ours. */
async function nameVisitor(clone: string): Promise<void> {
  const { code } = await tryCommand('git', ['-C', clone, 'config', 'user.email'], { deadlineMs: GIT_MS });
  if (code === 0) return;
  await git(clone, ['config', 'user.name', 'Plimsoll demo']);
  await git(clone, ['config', 'user.email', 'demo@plimsoll.example']);
}

export class Fleet {
  readonly #clone: string;

  constructor(clone: string) {
    this.#clone = clone;
  }

  /** Changes a file of the clone; what is there already is not written again. */
  edit(file: string, change: (text: string) => string): void {
    const target = path.join(this.#clone, file);
    writeFileSync(target, change(readFileSync(target, 'utf8')));
  }

  remove(file: string): void {
    rmSync(path.join(this.#clone, file));
  }

  /** The newest commit of the clone. */
  async head(): Promise<string> {
    return (await git(this.#clone, ['rev-parse', 'HEAD'])).trim();
  }

  /** Returns the commit. */
  async commit(message: string): Promise<string> {
    await git(this.#clone, ['add', '--all']);
    await git(this.#clone, [...VISITOR, ...UNTOUCHED, 'commit', '--quiet', '-m', message]);
    return this.head();
  }

  /** Resolves when the repository has the commit and its hook has ended. */
  async push(): Promise<void> {
    await git(this.#clone, ['push', '--quiet', 'origin', BRANCH], PUSH_MS);
  }
}

export interface FleetOptions {
  readonly places: Places;
  /** Changes to the copy of the example, by file. */
  readonly adapt: (fleet: Fleet) => void;
}

/** The repository with the example as its first commit, and the clone. */
export async function createFleet({ places, adapt }: FleetOptions): Promise<Fleet> {
  const { clone, repository } = places;
  const bare = ['init', '--quiet', '--bare', '--template=', `--initial-branch=${BRANCH}`, repository];
  await runCommand('git', bare, { deadlineMs: GIT_MS });
  await runCommand('git', ['clone', '--quiet', '--template=', repository, clone], { deadlineMs: GIT_MS });
  await git(clone, ['checkout', '--quiet', '-B', BRANCH]);
  await nameVisitor(clone);
  cpSync(path.join(PROJECT, 'manifests-example'), clone, { recursive: true });
  pointToSchema(clone);
  const fleet = new Fleet(clone);
  adapt(fleet);
  await fleet.commit('The example shop');
  await git(clone, ['push', '--quiet', '--set-upstream', 'origin', BRANCH]);
  // Only now: no controller runs yet that the hook could tell.
  await installHook(places);
  return fleet;
}
