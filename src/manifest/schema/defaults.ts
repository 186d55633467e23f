// Every default value in one place: the reference page and the JSON Schema show it, and the resolution
// in desired/ applies it.

export const DEFAULTS = {
  namespace: 'default',
  replicas: 1,
  pullPolicy: 'missing',
  stopGracePeriod: '30s',
  pidsLimit: 1024,
  hostIp: '0.0.0.0',
  logging: { driver: 'json-file', options: { 'max-size': '10m', 'max-file': '3' } },
  healthcheck: { interval: '30s', timeout: '30s', retries: 3, startPeriod: '0s' },
  probe: { initialDelay: '0s', period: '10s', timeout: '1s', successThreshold: 1, failureThreshold: 3 },
  rollout: {
    strategy: 'rolling',
    steps: [{ weight: 5 }, { analyze: {} }, { weight: 25 }, { analyze: {} }],
    /** In the place of `analyze`, where nothing is compared. */
    stepPause: '5m',
    /** The same as COMPARISON_DEFAULTS of the room `analysis`; a test holds them together. */
    compare: {
      errors: { absolute: 0.005, relative: 0.5 },
      latency: { absolute: '5ms', relative: 0.25 },
      tail: { slow: { absolute: '5ms', relative: 0.75 }, requests: { absolute: 0.004, relative: 0.25 } },
      minSamples: 100,
      warmUp: 2,
      evidence: 100,
    },
    promotion: 'auto',
    /** Of `blueGreen`; `canary` has none. */
    bake: '30s',
    maxSurge: '25%',
    maxUnavailable: 0,
    minHealthy: '10s',
    progressDeadline: '10m',
    drain: '30s',
    onFailure: 'rollback',
    breaker: { failures: '50%', min: 3, max: 200 },
    history: 10,
  },
  drift: 'correct',
  configMode: '0644',
  credential: 'default',
  networkRange: '10.201.0.0/16',
  redirectStatus: 302,
  /** Said by the load balancer, for requests of every kind. */
  answerTimeout: '60s',
} as const;
