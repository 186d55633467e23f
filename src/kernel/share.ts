// Shares of requests, as weights of rollouts and load balancers have them.

/** All requests, in ten thousandths: to a hundredth of a per cent, whatever the number of replicas. */
export const WHOLE_SHARE = 10_000;
