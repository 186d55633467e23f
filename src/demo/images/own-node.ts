// The Node that runs this, as the base of the shop's images.

import { type RootFileSystem, rootFileSystem } from './root-file-system.ts';

/** Where the image has it, as the official image of Node does. */
const NODE_IN_IMAGE = '/usr/local/bin/node';

/** Rejects where the program cannot be taken apart. */
export const ownNodeRootFileSystem = (): Promise<RootFileSystem> =>
  rootFileSystem({
    programs: new Map([[NODE_IN_IMAGE, process.execPath]]),
    texts: { '/etc/nsswitch.conf': 'hosts: files dns\n' },
    changes: ['ENV PATH=/usr/local/bin', `ENTRYPOINT ["${NODE_IN_IMAGE}"]`],
  });
