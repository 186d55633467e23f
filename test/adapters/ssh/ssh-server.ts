// An SSH server in this process, on ssh2's own server: real handshakes and channels without a machine.
// Its faults are the ones a network or a stopped sshd shows.

import { createConnection, createServer, type Socket } from 'node:net';
import type { AuthContext, Connection, ServerChannel } from 'ssh2';
import ssh2 from 'ssh2';

type ServerConnection = Connection;

interface TestKey {
  readonly private: string;
  readonly public: string;
}

/**
 * One key in some hundred that ssh2 makes cannot be read again, since it drops leading zero bytes: such a
 * one is thrown away. (Keys of ssh-keygen, which people use, are not concerned.)
 */
export function newKey(encryption?: {
  readonly passphrase: string;
  readonly cipher: string;
  readonly rounds: number;
}): TestKey {
  for (;;) {
    const pair =
      encryption === undefined
        ? ssh2.utils.generateKeyPairSync('ed25519')
        : ssh2.utils.generateKeyPairSync('ed25519', encryption);
    if (!(ssh2.utils.parseKey(pair.private, encryption?.passphrase) instanceof Error)) return pair;
  }
}

export interface TestSshServer extends AsyncDisposable {
  readonly port: number;
  /** `ssh-ed25519 AAAA…` */
  readonly hostKey: string;
  /** How many times somebody tried to authenticate. */
  authentications(): number;
  /** Stops reading and answering, as after SIGSTOP; connections stay open. */
  freeze(): void;
  /** Closes every connection. */
  disconnectAll(): void;
}

function isAuthorized(context: AuthContext, publicKey: string): boolean {
  if (context.method !== 'publickey') return false;
  const accepted = ssh2.utils.parseKey(publicKey);
  if (accepted instanceof Error) return false;
  if (!accepted.getPublicSSH().equals(context.key.data)) return false;
  const { blob, signature, hashAlgo } = context;
  return signature === undefined || blob === undefined || accepted.verify(blob, signature, hashAlgo) === true;
}

/** `exit 3 text` ends with code 3 and the text on standard error; `cat` gives back what it gets. */
function runCommand(channel: ServerChannel, command: string): void {
  const [, code, text] = /^exit (\d+) ?(.*)$/.exec(command) ?? [];
  if (code === undefined) {
    channel.pipe(channel);
    return;
  }
  channel.stderr.write(text ?? '');
  channel.exit(Number(code));
  channel.end();
}

function serve(client: ServerConnection): void {
  client.on('ready', () => {
    client.on('tcpip', (accept, reject, info) => {
      if (info.destPort === 1) return reject();
      const target = createConnection(info.destPort, info.destIP);
      target.once('connect', () => join(accept(), target));
      target.once('error', () => reject());
    });
    client.on('openssh.streamlocal', (accept, reject, info) => {
      const target = createConnection(info.socketPath);
      // Typed as a bare event, which it is not.
      target.once('connect', () => join(accept(), target));
      target.once('error', () => reject());
    });
    client.on('session', (accept) => {
      accept().on('exec', (acceptCommand, _reject, info) => runCommand(acceptCommand(), info.command));
    });
  });
}

function join(channel: ServerChannel, target: Socket): void {
  channel.pipe(target).pipe(channel);
  channel.on('error', () => target.destroy());
  target.on('error', () => channel.close());
}

export async function startSshServer(clientKey: string): Promise<TestSshServer> {
  const host = newKey();
  const sockets = new Set<Socket>();
  let authentications = 0;
  const ssh = new ssh2.Server({ hostKeys: [host.private] }, (client) => {
    client.on('authentication', (context) => {
      authentications += 1;
      if (isAuthorized(context, clientKey)) context.accept();
      else context.reject(['publickey']);
    });
    client.on('error', () => {});
    serve(client);
  });
  const front = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => sockets.delete(socket));
    ssh.injectSocket(socket);
  });
  await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve));
  const address = front.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const disconnectAll = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: address.port,
    hostKey: host.public.trim(),
    authentications: () => authentications,
    freeze: () => {
      for (const socket of sockets) socket.pause();
    },
    disconnectAll,
    async [Symbol.asyncDispose]() {
      disconnectAll();
      await new Promise((resolve) => front.close(resolve));
    },
  };
}
