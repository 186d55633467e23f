// Reads plimsoll.yaml, or says everything that is wrong with it at once.

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Json } from '../kernel/canonical.ts';
import { type Problem, problem } from '../kernel/errors.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import { issueText } from '../manifest/issue-text.ts';
import type { Positions } from '../manifest/position.ts';
import { parseYaml } from '../manifest/yaml.ts';
import type { Config } from './config.ts';
import { diagnose, locator, problemAt } from './diagnose.ts';
import { References } from './files.ts';
import { type Machine, thisMachine } from './places.ts';
import { resolveConfig } from './resolve.ts';
import { configSchema } from './schema.ts';

interface Document {
  readonly value: Json;
  readonly positions: Positions;
}

async function readDocument(file: string): Promise<Result<Document, readonly Problem[]>> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(file);
  } catch (thrown) {
    const code = thrown instanceof Error && 'code' in thrown ? thrown.code : null;
    if (code === 'ENOENT') return err([problem('config/missing', `there is no ${file}`)]);
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    return err([problem('config/invalid', `${file} cannot be read: ${reason}`)]);
  }
  const { documents, problems } = parseYaml(file, bytes);
  if (problems.length > 0) return err(problems.map((found) => ({ ...found, code: 'config/invalid' })));
  const [document, second] = documents;
  if (document === undefined) return err([problem('config/invalid', `${file} is empty`)]);
  if (second !== undefined) {
    return err([
      problemAt(locator(file, second.positions), [], 'only one document is read: remove the second'),
    ]);
  }
  return ok(document);
}

/**
 * Reads the configuration at `file` with everything that it refers to. Problems carry their place in the
 * file; values that could be secrets are never part of them. `env` serves `env:` references, `$HOME`,
 * `$XDG_…` and `$SSH_AUTH_SOCK`.
 */
export async function loadConfig(
  file: string,
  env: Machine['env'],
): Promise<Result<Config, readonly Problem[]>> {
  const document = await readDocument(file);
  if (!document.ok) return document;
  const locate = locator(file, document.value.positions);
  const parsed = configSchema.safeParse(document.value.value, { error: issueText });
  if (!parsed.success) return err(diagnose(locate, parsed.error.issues));
  const machine = thisMachine(env);
  const configPath = path.resolve(file);
  const configDir = path.dirname(configPath);
  const references = new References({ configDir, home: machine.home, env, locate });
  const contradictions: Problem[] = [];
  const config = await resolveConfig(parsed.data, {
    configPath,
    configDir,
    machine,
    references,
    refuse: (at, message, hint) => contradictions.push(problemAt(locate, at, message, hint)),
  });
  const problems = [...contradictions, ...references.problems];
  return problems.length === 0 ? ok(config) : err(problems);
}
