// A client outside of the controller: counts by HTTP which replicas serve, as a load balancer would.

export interface Sample {
  readonly serving: number;
  /** Versions that answered. */
  readonly versions: ReadonlySet<string>;
}

export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

const ANSWER_MS = 1_000;

async function ask({ address, port }: Endpoint): Promise<string | null> {
  try {
    const response = await fetch(`http://${address}:${port}/`, { signal: AbortSignal.timeout(ANSWER_MS) });
    return response.ok ? (await response.text()).trim() : null;
  } catch {
    return null;
  }
}

/** Asks every endpoint over and over until it is told to stop; gives what it saw. */
export class Client {
  readonly #endpoints: readonly Endpoint[];
  readonly samples: Sample[] = [];
  #isStopped = false;
  #running: Promise<void>;

  constructor(endpoints: readonly Endpoint[]) {
    this.#endpoints = endpoints;
    this.#running = this.#run();
  }

  async #run(): Promise<void> {
    while (!this.#isStopped) {
      this.samples.push(await this.look());
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async look(): Promise<Sample> {
    const answers = await Promise.all(this.#endpoints.map(ask));
    const versions = answers.filter((answer) => answer !== null);
    return { serving: versions.length, versions: new Set(versions) };
  }

  /** The fewest replicas that ever answered at one time. */
  async stop(): Promise<{ readonly fewest: number; readonly most: number; readonly looks: number }> {
    this.#isStopped = true;
    await this.#running;
    const counts = this.samples.map((s) => s.serving);
    return { fewest: Math.min(...counts), most: Math.max(...counts), looks: counts.length };
  }
}

/** Every host's address with every port of a range. */
export function endpointsOf(addresses: readonly string[], from: number, to: number): Endpoint[] {
  return addresses.flatMap((address) =>
    Array.from({ length: to - from + 1 }, (_, i) => ({ address, port: from + i })),
  );
}
