// The images that tests deploy. All stand on one busybox layer of about 1 MB, so a push after the first takes
// milliseconds.

import { randomBytes } from 'node:crypto';
import { APP_COMMAND, APP_FILES, APP_STOP_SIGNAL } from './app-image.ts';
import { busyboxLayer, layerOf } from './layers.ts';
import { programFiles } from './program-files.ts';
import { type PushedImage, type PushTarget, pushImage } from './push.ts';
import { WEB_FILES, type WebBehaviour, webEnvironment } from './web-image.ts';

const MEBIBYTE = 2 ** 20;

export interface WebOptions extends WebBehaviour {
  /** The image's name in the registry; "web" unless told otherwise. */
  readonly repository?: string;
  /** Gives the image a Docker HEALTHCHECK on /cgi-bin/health, once a second. */
  readonly healthcheck?: boolean;
  /** Makes the image so much larger, by what does not compress: its pull takes a while. */
  readonly ballastMiB?: number;
}

export interface ImageLibrary {
  /** Nothing but busybox; runs `sh` unless told otherwise. */
  busybox(tag: string, repository?: string): Promise<PushedImage>;
  /** HAProxy as user `haproxy`, with what its official image has beside it: bash, tar, coreutils and flock. */
  haproxy(tag: string): Promise<PushedImage>;
  /** A web server that is told by variables how well it does; see app-image.ts. */
  app(tag: string): Promise<PushedImage>;
  /** A web server on port 8080 that answers its tag on `/`; see web-image.ts. */
  web(tag: string, options?: WebOptions): Promise<PushedImage>;
}

/** Debian's own, as in the official image: busybox has most of them with other options. */
const HAPROXY_PROGRAMS = [
  ...['haproxy', 'bash', 'tar', 'flock', 'getent'],
  ...['cat', 'ln', 'mkdir', 'mv', 'readlink', 'rm', 'sleep', 'timeout'],
];
const HAPROXY_USERS = {
  'etc/passwd': 'root:x:0:0:root:/root:/bin/bash\nhaproxy:x:99:99::/var/lib/haproxy:/usr/sbin/nologin\n',
  'etc/group': 'root:x:0:\nhaproxy:x:99:\n',
};

export function imageLibrary(target: PushTarget): ImageLibrary {
  return {
    async busybox(tag, repository = 'busybox') {
      // The tag is in the content as well, or all tags would have one digest.
      const layers = [await busyboxLayer(), await layerOf({ 'etc/tag': `${tag}\n` })];
      return pushImage(target, repository, tag, layers, { Env: ['PATH=/bin'], Cmd: ['sh'] });
    },

    async haproxy(tag) {
      const own = await layerOf({ ...(await programFiles(HAPROXY_PROGRAMS)), ...HAPROXY_USERS });
      const layers = [await busyboxLayer(), own];
      return pushImage(target, 'haproxy', tag, layers, {
        Env: ['PATH=/usr/sbin:/usr/bin:/bin'],
        User: 'haproxy',
      });
    },

    async app(tag) {
      const own = await layerOf({ ...(await programFiles(['haproxy'])), ...APP_FILES });
      const layers = [await busyboxLayer(), own];
      return pushImage(target, 'app', tag, layers, {
        Env: ['PATH=/bin'],
        Entrypoint: APP_COMMAND,
        StopSignal: APP_STOP_SIGNAL,
      });
    },

    async web(tag, options = {}) {
      const { repository = 'web', healthcheck = false, ballastMiB = 0, ...behaviour } = options;
      const own = await layerOf({ ...WEB_FILES, 'www/index.html': `${tag}\n`, 'www/version': `${tag}\n` });
      const layers = [await busyboxLayer(), own];
      if (ballastMiB > 0) layers.push(await layerOf({ ballast: randomBytes(ballastMiB * MEBIBYTE) }));
      return pushImage(target, repository, tag, layers, {
        Env: ['PATH=/bin', `VERSION=${tag}`, ...webEnvironment(behaviour)],
        Entrypoint: ['/start'],
        ExposedPorts: { '8080/tcp': {} },
        ...(healthcheck ? { Healthcheck: HEALTHCHECK } : {}),
      });
    },
  };
}

const SECOND_NS = 1_000_000_000;
const HEALTHCHECK = {
  Test: ['CMD', '/check'],
  Interval: SECOND_NS,
  Timeout: 2 * SECOND_NS,
  Retries: 2,
};
