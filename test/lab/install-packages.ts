// Installs the programs of the lab as the demo installs its own: without their services.

import { hasApt, installPackages as install } from '../../src/demo/engine/install.ts';
import { PlimsollError } from '../../src/kernel/errors.ts';

/** Gives a sentence that says why if it cannot. */
export async function installPackages(packages: readonly string[]): Promise<string | undefined> {
  const names = packages.join(' ');
  if (!hasApt()) {
    return `The lab can install its programs on Debian and Ubuntu only; install here what gives: ${names}.`;
  }
  console.log(`installing ${names}`);
  try {
    await install(packages, (line) => console.log(line));
    return undefined;
  } catch (error) {
    if (error instanceof PlimsollError) return error.message;
    throw error;
  }
}
