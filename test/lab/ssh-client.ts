// A plain ssh2 client, for tests of the lab itself: the product has its own.

import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { Client, type ClientChannel } from 'ssh2';
import type { LabHost } from './host.ts';
import type { SshKeyPair } from './ssh-server.ts';

export function connect(host: LabHost, key: SshKeyPair, readyTimeoutMs = 10_000): Promise<Client> {
  return new Promise((resolve, reject) => {
    const client = new Client();
    client.once('ready', () => resolve(client));
    // Later errors (a killed sshd) belong to whoever uses the connection.
    client.on('error', reject);
    client.connect({
      host: host.address,
      username: 'root',
      privateKey: key.privateKey,
      readyTimeout: readyTimeoutMs,
      hostVerifier: (offered: Buffer) => offered.toString('base64') === host.hostKey.split(' ')[1],
    });
  });
}

/** GET over HTTP to the engine behind /var/run/docker.sock of the host at the other end. */
export async function engineGet(client: Client, path: string): Promise<Record<string, unknown>> {
  const channel = await new Promise<ClientChannel>((resolve, reject) => {
    client.openssh_forwardOutStreamLocal('/var/run/docker.sock', (error, opened) =>
      error ? reject(error) : resolve(opened),
    );
  });
  return JSON.parse(await getOver(channel, path));
}

/** The output of a command run by the host's sshd. */
export async function execute(client: Client, command: string): Promise<string> {
  const channel = await new Promise<ClientChannel>((resolve, reject) => {
    client.exec(command, (error, opened) => (error ? reject(error) : resolve(opened)));
  });
  return text(channel);
}

export async function engineGetOverDialStdio(client: Client, path: string): Promise<Record<string, unknown>> {
  const channel = await new Promise<ClientChannel>((resolve, reject) => {
    // The key's forced command replaces this one.
    client.exec('true', (error, opened) => (error ? reject(error) : resolve(opened)));
  });
  return JSON.parse(await getOver(channel, path));
}

function getOver(channel: ClientChannel, path: string): Promise<string> {
  // What http expects of a socket and an SSH channel lacks.
  const noOp = () => channel;
  const socket = Object.assign(channel, {
    setKeepAlive: noOp,
    setNoDelay: noOp,
    setTimeout: noOp,
    ref: noOp,
    unref: noOp,
  });
  return new Promise((resolve, reject) => {
    request({ path, host: 'localhost', createConnection: () => socket }, (response) =>
      resolve(text(response)),
    )
      .on('error', reject)
      .end();
  });
}
