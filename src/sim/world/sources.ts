// The sources that a process follows: one for all, or the fleet and the shop apart from each other.

import type { CommitSha } from '../../kernel/ids.ts';
import { SourceId } from '../../kernel/ids.ts';

/** The source of everything, or of the fleet where that is followed apart. */
export const SOURCE = SourceId.parse('main');
const SHOP_SOURCE = SourceId.parse('shop');

export interface Folder {
  readonly source: SourceId;
  /** Inside the repository; '' for all of it. */
  readonly path: string;
  /** Hosts and namespaces are described here. */
  readonly isFleet: boolean;
  /** Commits that are in the source's copy on the controller's machine. */
  readonly localCopy: Set<CommitSha>;
}

/** Null: everything lies in one place. */
export function foldersOf(
  split: { readonly fleet: string; readonly shop: string } | null,
): readonly Folder[] {
  if (split === null) return [{ source: SOURCE, path: '', isFleet: true, localCopy: new Set() }];
  return [
    { source: SOURCE, path: split.fleet, isFleet: true, localCopy: new Set() },
    { source: SHOP_SOURCE, path: split.shop, isFleet: false, localCopy: new Set() },
  ];
}
