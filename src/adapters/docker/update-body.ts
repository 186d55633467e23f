// From limits to the body of the engine's update request.

import type { ObservedLimits } from '../../observed/report.ts';

/**
 * For Docker 0 means "as it is", so a limit of memory or CPU that is null here cannot be expressed. The
 * memory limit must not exceed memory and swap together, which the engine keeps at twice the memory it was
 * created with: both are set, as at creation.
 */
export function updateBody(limits: ObservedLimits): object {
  const { memoryBytes, memoryReservationBytes, cpus, pids } = limits;
  return {
    ...(memoryBytes === null ? {} : { Memory: memoryBytes, MemorySwap: 2 * memoryBytes }),
    MemoryReservation: memoryReservationBytes ?? -1,
    ...(cpus === null ? {} : { NanoCpus: Math.round(cpus * 1e9) }),
    PidsLimit: pids ?? -1,
  };
}
