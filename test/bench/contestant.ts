// Who is measured: Plimsoll, direct calls to the engines, Docker's own Swarm. Each does the same two jobs.

/** Begins what was prepared; resolves when the contestant itself considers its part sent or done. */
export type Begin = () => Promise<void>;

export interface Contestant {
  readonly name: string;
  /** Makes ready to work; not measured. */
  open(): Promise<void>;
  /** Prepares the deployment of so many containers; what the returned function does is measured. */
  deployment(image: string, replicas: number): Promise<Begin>;
  /** Prepares the update of all of them, `parallel` at a time, the new one started before the old one stops. */
  update(image: string, parallel: number): Promise<Begin>;
  /** Leaves no container behind and ends all work; not measured. */
  close(): Promise<void>;
}
