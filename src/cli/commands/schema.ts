// `plimsoll schema`: the JSON Schema of manifests or of plimsoll.yaml, for editors.

import { type Command, Option } from 'commander';
import { configJsonSchema } from '../../config/json-schema.ts';
import { manifestJsonSchema } from '../../manifest/json-schema.ts';
import type { Run } from '../context.ts';

export function addSchema(program: Command, run: Run): void {
  program
    .command('schema')
    .description('print the JSON Schema of manifests, for editors')
    .addOption(
      new Option('--of <what>', 'what the schema describes')
        .choices(['manifests', 'configuration'])
        .default('manifests'),
    )
    .action(({ of }: { readonly of: 'manifests' | 'configuration' }) =>
      run(async ({ terminal }) => {
        terminal.printJson(of === 'manifests' ? manifestJsonSchema() : configJsonSchema());
        return 0;
      }),
    );
}
