// What registries answer and what the network says, as problems of the catalogue. Only 404 means that
// an image is not there, and only 401 and 403 that a person has to act; everything else may pass.

import { z } from 'zod';
import type { Problem } from '../../kernel/errors.ts';
import { problem } from '../../kernel/errors.ts';
import { formatDuration } from '../../kernel/time.ts';
import type { RegistryCredential } from '../../ports/host.ts';
import type { Endpoint } from './endpoint.ts';
import type { Answer } from './http.ts';
import { ProtocolError } from './http.ts';

export interface Asked {
  readonly reference: string;
  readonly endpoint: Endpoint;
  readonly credential: RegistryCredential | null;
}

const ErrorBody = z.object({
  errors: z.array(z.object({ code: z.string().optional(), message: z.string().optional() })).min(1),
});
const MAX_QUOTED_CHARACTERS = 200;

/** The registry's own words, as `: …`; nothing where the body has none. */
function ownWords(body: Buffer): string {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body.toString('utf8'));
  } catch {
    // Not the error format of registries (an HTML page of a proxy, say): nothing worth quoting.
    return '';
  }
  const errors = ErrorBody.safeParse(parsed);
  const text = errors.success ? (errors.data.errors[0]?.message ?? errors.data.errors[0]?.code ?? '') : '';
  const printable = text.replaceAll(/[^\x20-\x7e]+/g, ' ').slice(0, MAX_QUOTED_CHARACTERS);
  return printable === '' ? '' : `: ${printable}`;
}

/** `, asks to wait 30s`, from Retry-After in seconds or as a date. */
function retryAfter(answer: Answer): string {
  const header = answer.headers['retry-after'];
  if (header === undefined) return '';
  const wait = /^\d{1,6}$/.test(header) ? formatDuration(Number(header) * 1_000) : null;
  return wait === null ? `, asks to wait until ${header.slice(0, 40)}` : `, asks to wait ${wait}`;
}

export function deniedProblem(asked: Asked, by: string, body: Buffer): Problem {
  const { reference, endpoint, credential } = asked;
  const words = ownWords(body);
  if (credential !== null) {
    return problem('image/auth', `${by} refuses user "${credential.username}" for ${reference}${words}`);
  }
  return problem('image/auth', `${by} demands a login for ${reference}, or has no such repository${words}`, {
    hint: `Add ${endpoint.registry} with its credentials to \`registries\` in plimsoll.yaml, or correct the name.`,
  });
}

/** The problem behind an answer that is no success. */
export function answerProblem(asked: Asked, by: string, answer: Answer): Problem {
  const { reference } = asked;
  if (answer.status === 401 || answer.status === 403) return deniedProblem(asked, by, answer.body);
  const words = ownWords(answer.body);
  if (answer.status === 404) return problem('image/not-found', `${by} has no ${reference}${words}`);
  if (answer.status === 429) {
    return problem('image/registry', `${by} limits the rate${retryAfter(answer)}${words}`, {
      hint: 'Nothing: it is asked again later. Credentials in `registries` of plimsoll.yaml often raise the limit.',
    });
  }
  const message = `${by} answers ${answer.status} for ${reference}${retryAfter(answer)}${words}`;
  return problem('image/registry', message);
}

export const misbehaviour = (asked: Asked, by: string, what: string): Problem =>
  problem('image/registry', `${by} cannot be used for ${asked.reference}: ${what}`);

const CERTIFICATE_CODES = new Set([
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'CERT_UNTRUSTED',
]);

/** The problem behind an exchange that failed without an answer. */
export function failureProblem(asked: Asked, thrown: unknown): Problem {
  const { registry } = asked.endpoint;
  const by = `the registry ${registry}`;
  if (!(thrown instanceof Error)) throw thrown;
  if (thrown instanceof ProtocolError) return misbehaviour(asked, by, thrown.message);
  const code = 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : '';
  if (CERTIFICATE_CODES.has(code)) {
    return problem('image/registry', `${by} has a certificate that is not trusted (${code})`, {
      hint: `Name its certificate authority: \`ca\` of ${registry} in \`registries\` of plimsoll.yaml.`,
    });
  }
  // OpenSSL's word for an answer in plain text.
  if (code === 'EPROTO' && thrown.message.includes('wrong version number')) {
    return problem('image/registry', `${by} does not speak HTTPS`, {
      hint: `If it is meant to be reached without encryption, set \`insecure: true\` for ${registry} in \`registries\` of plimsoll.yaml.`,
    });
  }
  // Failures of the network carry a code; anything else is a bug of ours.
  if (code === '') throw thrown;
  return problem('image/registry', `${by} cannot be reached: ${thrown.message}`);
}
