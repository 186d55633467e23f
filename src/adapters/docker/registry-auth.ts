// The header that carries a registry's password to the engine.

import type { RegistryCredential } from '../../ports/host.ts';

/** Docker Hub is known to engines by the address of its first version. */
const DOCKER_HUB = 'https://index.docker.io/v1/';

/**
 * The value of `X-Registry-Auth`: URL-safe base64 WITH padding (engines ignore a header without it, and
 * then pull as nobody). Opens the secret: call it when the request is sent.
 */
export function registryAuthHeader(credential: RegistryCredential): string {
  const auth = {
    username: credential.username,
    password: credential.password.open(),
    serveraddress: credential.registry === 'docker.io' ? DOCKER_HUB : credential.registry,
  };
  return Buffer.from(JSON.stringify(auth)).toString('base64').replaceAll('+', '-').replaceAll('/', '_');
}
