// `volumes`, `tmpfs` and `configs` of the Compose specification. A config is mounted as a directory.

import { z } from 'zod';
import { ConfigName } from '../../kernel/ids.ts';
import { parseBytes } from '../../kernel/quantity.ts';
import { LIMITS } from '../limits.ts';
import {
  absolutePath,
  byteSize,
  fileMode,
  normaliseAbsolutePath,
  optional,
  quoted,
  reject,
  required,
  TOO_MANY,
  word,
} from './values.ts';

export type Mount =
  | { readonly kind: 'volume'; readonly volume: string; readonly target: string; readonly readOnly: boolean }
  | { readonly kind: 'bind'; readonly source: string; readonly target: string; readonly readOnly: boolean }
  | {
      readonly kind: 'tmpfs';
      readonly target: string;
      readonly sizeBytes: number | null;
      readonly mode: number | null;
    };

export interface ConfigMount {
  readonly config: ConfigName;
  readonly target: string;
}

type MountOrReason =
  | Mount
  | { readonly because: string; readonly code?: 'manifest/path' | 'manifest/unsupported' };

/** What a `source` stands for: an absolute path on the host or the name of a volume. */
function mountFrom(source: string, target: string, readOnly: boolean): MountOrReason {
  if (source.startsWith('/')) {
    const path = normaliseAbsolutePath(source);
    if (path === null) return { because: `${quoted(source)} must not contain \`..\``, code: 'manifest/path' };
    return { kind: 'bind', source: path, target, readOnly };
  }
  if (/^[.~]/.test(source) || source.includes('/')) {
    return {
      because:
        'a path relative to the manifest has no meaning on a host: use a Config, a named volume or an absolute path',
      code: 'manifest/path',
    };
  }
  if (!ConfigName.safeParse(source).success) {
    return {
      because: `${quoted(source)} is not the name of a volume: use lower-case letters, digits and \`-\``,
    };
  }
  return { kind: 'volume', volume: source, target, readOnly };
}

function parseShortVolume(text: string): MountOrReason {
  const [source = '', targetText, options, ...rest] = text.split(':');
  if (targetText === undefined) {
    return { because: 'anonymous volumes are not supported: write NAME:PATH', code: 'manifest/unsupported' };
  }
  const target = normaliseAbsolutePath(targetText);
  if (rest.length > 0 || target === null || target === '/') {
    return { because: `${quoted(text)} is not a volume: write NAME:/PATH[:ro] or /HOST/PATH:/PATH[:ro]` };
  }
  if (options !== undefined && options !== 'ro' && options !== 'rw') {
    return {
      because: 'of the options of a volume only `ro` and `rw` are supported',
      code: 'manifest/unsupported',
    };
  }
  return mountFrom(source, target, options === 'ro');
}

const shortVolume = z.string().transform((text, context): Mount => {
  const mount = parseShortVolume(text);
  return 'because' in mount
    ? reject(context, mount.because, mount.code === undefined ? {} : { code: mount.code })
    : mount;
});

const tmpfsOptions = z.strictObject({
  size: optional(byteSize, { description: 'Largest size.', examples: ['64m'] }),
  mode: optional(fileMode, {
    description: 'Octal mode of the directory, with a leading zero.',
    examples: ['01777'],
  }),
});

const longVolume = z
  .strictObject({
    type: required(z.enum(['volume', 'bind', 'tmpfs']), {
      description: 'What is mounted.',
      examples: ['volume'],
    }),
    source: optional(z.string(), {
      description: 'Name of the volume, or absolute path on the host for a bind; not for tmpfs.',
      examples: ['data'],
    }),
    target: required(absolutePath, { description: 'Path in the container.', examples: ['/var/lib/data'] }),
    read_only: optional(z.boolean(), { description: 'Mount it read-only.', default: false }),
    tmpfs: optional(tmpfsOptions, { description: 'Options of a tmpfs.' }),
  })
  .transform((long, context): Mount => {
    if (long.type === 'tmpfs') {
      if (long.source !== undefined) return reject(context, 'a tmpfs has no source', { path: ['source'] });
      if (long.read_only !== undefined)
        return reject(context, 'a tmpfs is always writable', { path: ['read_only'] });
      return {
        kind: 'tmpfs',
        target: long.target,
        sizeBytes: long.tmpfs?.size ?? null,
        mode: long.tmpfs?.mode ?? null,
      };
    }
    if (long.tmpfs !== undefined)
      return reject(context, `a ${long.type} has no tmpfs options`, { path: ['tmpfs'] });
    if (long.source === undefined) return reject(context, `a ${long.type} needs a source`);
    const mount = mountFrom(long.source, long.target, long.read_only ?? false);
    if ('because' in mount) {
      return reject(context, mount.because, {
        path: ['source'],
        ...(mount.code === undefined ? {} : { code: mount.code }),
      });
    }
    if (mount.kind !== long.type) {
      return reject(
        context,
        long.type === 'bind'
          ? 'the source of a bind is an absolute path on the host'
          : 'the source of a volume is its name',
        { path: ['source'] },
      );
    }
    return mount;
  });

export const volumeList = z.array(z.union([shortVolume, longVolume])).max(LIMITS.listItems, TOO_MANY);

const tmpfsLine = word.transform((text, context): Mount => {
  const [path = '', options = '', ...rest] = text.split(':');
  const target = normaliseAbsolutePath(path);
  if (target === null || target === '/' || rest.length > 0) {
    return reject(context, `${quoted(text)} is not a tmpfs: write /PATH[:size=64m,mode=1777]`);
  }
  let sizeBytes: number | null = null;
  let mode: number | null = null;
  for (const option of options.split(',').filter((part) => part !== '')) {
    const size = /^size=(.+)$/.exec(option)?.[1];
    const octal = /^mode=0?([0-7]{3,4})$/.exec(option)?.[1];
    if (size !== undefined) sizeBytes = parseBytes(size) ?? reject(context, `${quoted(size)} is not a size`);
    else if (octal !== undefined) mode = Number.parseInt(octal, 8);
    else
      return reject(context, 'of the options of a tmpfs only `size` and `mode` are supported', {
        code: 'manifest/unsupported',
      });
  }
  return { kind: 'tmpfs', target, sizeBytes, mode };
});

export const tmpfsList = z.union([
  tmpfsLine.transform((mount): Mount[] => [mount]),
  z.array(tmpfsLine).max(LIMITS.listItems, TOO_MANY),
]);

const shortConfig = ConfigName.transform((config): ConfigMount => ({ config, target: `/${config}` }));

const longConfig = z
  .strictObject({
    source: required(ConfigName, {
      description: 'Name of a Config of the same namespace.',
      examples: ['web-config'],
    }),
    target: optional(absolutePath, {
      description: 'Directory in the container.',
      default: '/NAME',
      examples: ['/etc/web'],
    }),
  })
  .transform((long): ConfigMount => ({ config: long.source, target: long.target ?? `/${long.source}` }));

export const configList = z.array(z.union([shortConfig, longConfig])).max(LIMITS.listItems, TOO_MANY);
