// What holds for every connection through the load balancer. Each line that is not self-evident names what
// went wrong without it.

import { sha256 } from '../kernel/canonical.ts';
import type { Sealed } from '../kernel/sealed.ts';
import { quoted, section } from './line.ts';

export interface ProxySettings {
  /** Where the load balancer is asked for its state: of its own network namespace only, since nobody logs in there. */
  readonly admin: { readonly address: string; readonly port: number };
  /** Where a process that a reload has replaced hands requests on to the newest: of that namespace as well. */
  readonly newest: { readonly address: string; readonly port: number };
  /** The same for what clients of the outside ask. */
  readonly newestIngress: { readonly address: string; readonly port: number };
  /** Where it answers itself for services that nobody has: of that namespace as well. */
  readonly nobody: { readonly address: string; readonly port: number };
  /**
   * Names of files in PEM, beside the rules: the host's certificate with its key, and the certificates of the
   * authorities that it trusts. They come from `rulesFile`.
   */
  readonly certificate: string;
  readonly roots: string;
  readonly maxConnections: number;
  /** A process that a reload has replaced ends what is still open after so long. */
  readonly oldProcessMs: number;
}

const NAME_DIGITS = 16;

/** A file that rules name. */
export interface RulesFile {
  readonly name: string;
  readonly content: Sealed<string>;
}

/** Its content is in its name, and so in the hash of the rules: other content, other rules. */
export const rulesFile = (kind: string, content: Sealed<string>, ending = 'pem'): RulesFile => ({
  name: `${kind}.${sha256(content.open()).slice(0, NAME_DIGITS)}.${ending}`,
  content,
});

/** `description`: by which a running process tells what it runs by. */
export function globalSection(
  { admin, maxConnections, oldProcessMs }: ProxySettings,
  description: string,
): string {
  return section('global', [
    `description ${quoted(description)}`,
    // What the rules name is found beside them, wherever they lie.
    'default-path config',
    // The process that starts the others reads keys and opens ports; those that clients talk to need no right at all.
    'user haproxy',
    'group haproxy',
    `stats socket ipv4@${admin.address}:${admin.port} level admin expose-fd listeners`,
    `maxconn ${maxConnections}`,
    `hard-stop-after ${oldProcessMs}ms`,
    // A reload that finds no memory or descriptors must fail, not serve half.
    'strict-limits',
  ]);
}

/** Of listeners: a reload closes idle connections after one more answer. Without it hundreds of requests failed. */
export const GENTLE = 'option idle-close-on-response';

/** The kernel's own begin after two hours. */
const KEEP_ALIVES = ['clitcpka', 'srvtcpka'].flatMap((side) => [
  `${side}-idle 10s`,
  `${side}-intvl 3s`,
  `${side}-cnt 3`,
]);

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
    // What is repeated, and where more often, is said in pool.ts.
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
    ...KEEP_ALIVES,
  ]);
}
