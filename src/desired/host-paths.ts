// Which paths of a host a container may mount. Some are never mounted, whatever a namespace permits:
// who can write there, or read there, owns the host.

/** Nothing at, above or below these is mounted. */
const DENIED = [
  '/bin',
  '/boot',
  '/dev',
  '/etc',
  '/lib',
  '/lib32',
  '/lib64',
  '/libx32',
  '/proc',
  '/root',
  '/run',
  '/sbin',
  '/sys',
  '/usr',
  '/var/lib/containerd',
  '/var/lib/containers',
  '/var/lib/docker',
  '/var/lib/kubelet',
] as const;

const ENGINE_SOCKET = /(^|\/)(docker|containerd|podman|crio|buildkitd|dockershim)[\w.-]*\.sock$/;

/** Links that every distribution has; other links are resolved on the host. */
const LINKS = [
  ['/var/run', '/run'],
  ['/var/lock', '/run/lock'],
  ['/var/volatile', '/run'],
] as const;

/** Where a normalised absolute path leads after the usual links. */
export function resolveUsualLinks(path: string): string {
  for (const [from, to] of LINKS) {
    if (isWithin(path, from)) return `${to}${path.slice(from.length)}`;
  }
  return path;
}

/** Whether `path` is `directory` or lies in it; both normalised. */
export const isWithin = (path: string, directory: string): boolean =>
  directory === '/' || path === directory || path.startsWith(`${directory}/`);

/** Whether nothing at or below `path` could ever be mounted. */
export const isNeverMounted = (path: string): boolean =>
  DENIED.some((denied) => isWithin(resolveUsualLinks(path), denied));

/** What a bind of this path needs: `engine-socket`, `denied` (nothing allows it), or `allowed-prefix`. */
export function bindClass(path: string): 'engine-socket' | 'denied' | 'allowed-prefix' {
  const real = resolveUsualLinks(path);
  if (ENGINE_SOCKET.test(real)) return 'engine-socket';
  return DENIED.some((denied) => isWithin(real, denied) || isWithin(denied, real))
    ? 'denied'
    : 'allowed-prefix';
}
