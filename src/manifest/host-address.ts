// Addresses of Docker engines: `ssh://user@host:port`, `unix:///path` and `tcp://host:port`.

export type EngineAddress =
  | {
      readonly scheme: 'ssh';
      readonly user: string;
      readonly host: string;
      readonly port: number;
      /** The engine's socket on the host. */
      readonly socketPath: string;
    }
  | { readonly scheme: 'unix'; readonly socketPath: string }
  | { readonly scheme: 'tcp'; readonly host: string; readonly port: number };

const DEFAULT_SOCKET = '/var/run/docker.sock';
const HOST = '(?<host>[a-zA-Z0-9](?:[a-zA-Z0-9._-]*[a-zA-Z0-9])?|\\[[0-9a-fA-F:.]+\\])';
const SOCKET = '(?<socket>/[A-Za-z0-9._/-]+)';
const SSH = new RegExp(
  `^ssh://(?<user>[a-z_][a-z0-9_.-]*)@${HOST}(?::(?<port>\\d{1,5}))?(?:/?|/?\\?socket=${SOCKET})$`,
);
const SSH_WITH_PATH = new RegExp(
  `^ssh://(?<user>[a-z_][a-z0-9_.-]*)@${HOST}(?::(?<port>\\d{1,5}))?${SOCKET}$`,
);
const UNIX = new RegExp(`^unix://${SOCKET}$`);
const TCP = new RegExp(`^tcp://${HOST}(?::(?<port>\\d{1,5}))?/?$`);

/**
 * Reads an address; an error is a sentence that does not repeat the text, which may hold a password
 * by mistake.
 */
export function parseEngineAddress(
  text: string,
): { readonly address: EngineAddress } | { readonly because: string } {
  const scheme = /^([a-z]+):\/\//.exec(text)?.[1];
  if (scheme !== 'ssh' && scheme !== 'unix' && scheme !== 'tcp') {
    return { because: 'an address is ssh://user@host, unix:///path/of/socket or tcp://host:port' };
  }
  if (text.length > 300) return { because: 'the address is longer than 300 characters' };
  if (scheme === 'unix') return socketAddress(UNIX.exec(text)?.groups?.['socket']);
  return networkAddress(
    scheme,
    scheme === 'ssh' ? (SSH.exec(text) ?? SSH_WITH_PATH.exec(text)) : TCP.exec(text),
  );
}

function socketAddress(socketPath: string | undefined): ReturnType<typeof parseEngineAddress> {
  if (socketPath === undefined || hasDots(socketPath)) {
    return { because: 'a unix:// address needs the absolute path of a socket' };
  }
  return { address: { scheme: 'unix', socketPath } };
}

function networkAddress(
  scheme: 'ssh' | 'tcp',
  match: RegExpExecArray | null,
): ReturnType<typeof parseEngineAddress> {
  const { user, host: bracketed = '', port: portText, socket = DEFAULT_SOCKET } = match?.groups ?? {};
  if (match === null || hasDots(socket)) {
    return {
      because:
        scheme === 'ssh'
          ? 'an ssh:// address is ssh://user@host[:port][?socket=/path], with a user and without a password'
          : 'a tcp:// address is tcp://host[:port]',
    };
  }
  const port = portText === undefined ? (scheme === 'ssh' ? 22 : 2376) : Number(portText);
  if (port < 1 || port > 65_535) return { because: 'a port lies between 1 and 65535' };
  const host = bracketed.replace(/^\[(.*)\]$/, '$1');
  if (scheme === 'tcp') return { address: { scheme, host, port } };
  return { address: { scheme, user: user ?? '', host, port, socketPath: socket } };
}

const hasDots = (path: string): boolean => path.split('/').some((part) => part === '.' || part === '..');
