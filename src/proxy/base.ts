// What holds for every connection through the load balancer. Each line that is not self-evident names what
// went wrong without it.

import { quoted, section } from './line.ts';

export interface ProxySettings {
  /** Where the load balancer is asked for its state: of its own network namespace only, since nobody logs in there. */
  readonly admin: { readonly address: string; readonly port: number };
  /** Files in PEM: the host's certificate with its key, and the certificates of the authorities that it trusts. */
  readonly certificate: string;
  readonly roots: string;
  readonly maxConnections: number;
  /** A process that a reload has replaced ends what is still open after so long. */
  readonly oldProcessMs: number;
}

/** `description`: by which a running process tells what it runs by. */
export function globalSection(
  { admin, maxConnections, oldProcessMs }: ProxySettings,
  description: string,
): string {
  return section('global', [
    `description ${quoted(description)}`,
    `stats socket ipv4@${admin.address}:${admin.port} level admin expose-fd listeners`,
    `maxconn ${maxConnections}`,
    `hard-stop-after ${oldProcessMs}ms`,
    // A reload that finds no memory or descriptors must fail, not serve half.
    'strict-limits',
  ]);
}

/** Of listeners: a reload closes idle connections after one more answer. Without it hundreds of requests failed. */
export const GENTLE = 'option idle-close-on-response';

export function defaultsSection(): string {
  return section('defaults', [
    'mode http',
    'balance random(2)',
    'option http-keep-alive',
    // Each client has connections of its own to replicas. Of shared ones a killed replica leaves as many behind as there
    // are clients, and every retry may meet another of them: with eight retries requests still failed, so with three none.
    'http-reuse never',
    // A container that is gone does not refuse: its address is silent.
    'timeout connect 250ms',
    'retries 3',
    'option redispatch 1',
    'timeout client 60s',
    'timeout server 60s',
    'timeout http-request 10s',
    'timeout http-keep-alive 60s',
    'timeout queue 5s',
    // Of TCP and websockets: connections of databases are idle for hours. Keep-alives find those that are dead.
    'timeout tunnel 24h',
    'timeout client-fin 30s',
    'option clitcpka',
    'option srvtcpka',
  ]);
}
