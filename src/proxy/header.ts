// What load balancers tell each other in headers of HTTP. None of them reaches a replica.

const PREFIX = 'x-plimsoll-';

export const HEADER = {
  /** Of an answer: this host has no replica that serves; nobody has seen the request. */
  absent: `${PREFIX}absent`,
  /** Of an answer: the other load balancer has made it, no replica. */
  unanswered: `${PREFIX}unanswered`,
  /** Of an answer: it did not come at the first attempt. */
  retried: `${PREFIX}retried`,
  /** Of a request: it only asks whether a replica serves. */
  check: `${PREFIX}check`,
  /** Of a request that the process before has handed on: where it came in. */
  to: `${PREFIX}to`,
  /** And if by another host: what was asked for, and by which. */
  asked: `${PREFIX}asked`,
  asker: `${PREFIX}asker`,
  /** And if by a client of the outside: its address. */
  client: `${PREFIX}client`,
} as const;

/** Of all statuses that HAProxy retries by, the one that applications use the least. */
export const ABSENT_STATUS = 425;

export const SAY_ABSENT = `http-request return status ${ABSENT_STATUS} hdr ${HEADER.absent} 1`;

export const WITHOUT_HEADERS = `http-request del-header ${PREFIX} -m beg`;

/** None of them reaches who has asked, either. */
export const WITHOUT_ANSWER_HEADERS = `http-response del-header ${PREFIX} -m beg`;
