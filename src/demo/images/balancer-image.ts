// The image of the load balancer: the usual one where docker.io can be reached, and otherwise the HAProxy of this
// machine under a name of its own.

import { CONFIG_DEFAULTS } from '../../config/defaults.ts';
import { missing } from '../command.ts';
import type { DockerApi } from '../engine/docker-api.ts';
import { importImage, LOCAL_REPOSITORY } from './import-image.ts';
import { ownHaproxy } from './own-haproxy.ts';
import { pullImage } from './pull-image.ts';

export interface BalancerImage {
  /** For `loadBalancer.image` of plimsoll.yaml. */
  readonly image: string;
  /** For people. */
  readonly origin: string;
  /** The name of an image that was pulled, and stays when the demo ends; null where none was. */
  readonly pulled: string | null;
}

export async function prepareBalancer(api: DockerApi, say: (detail: string) => void): Promise<BalancerImage> {
  const { image } = CONFIG_DEFAULTS.loadBalancer;
  const pulled = await pullImage(api, image, say);
  if (pulled.ok) return { image, origin: image, pulled: image };
  if (process.platform !== 'linux') {
    throw missing(
      `no load balancer: ${pulled.because}, and programs of this machine run in no Linux container`,
      'Connect this machine to docker.io and run the demo again.',
    );
  }
  const { version, root } = await ownHaproxy(say);
  const name = { repository: `${LOCAL_REPOSITORY}/haproxy`, tag: 'own' };
  const own = await importImage({ api, say, ...name }, root);
  return { image: own, origin: `this machine's HAProxy ${version} (${pulled.because})`, pulled: null };
}
