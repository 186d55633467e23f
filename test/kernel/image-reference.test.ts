// Which texts name an image, and which image they name: the rules of Docker's distribution/reference.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseImageReference } from '../../src/kernel/image-reference.ts';

const DIGEST = `sha256:${'0123456789abcdef'.repeat(4)}`;

describe('a reference is completed as Docker completes it', () => {
  it.each([
    ['nginx', 'docker.io/library/nginx:latest'],
    ['nginx:1.27', 'docker.io/library/nginx:1.27'],
    ['library/nginx:1.27', 'docker.io/library/nginx:1.27'],
    ['docker.io/nginx:1.27', 'docker.io/library/nginx:1.27'],
    ['index.docker.io/library/nginx:1.27', 'docker.io/library/nginx:1.27'],
    ['grafana/grafana:11.1.0', 'docker.io/grafana/grafana:11.1.0'],
    ['ghcr.io/example/api:v2', 'ghcr.io/example/api:v2'],
    ['localhost/api', 'localhost/api:latest'],
    ['localhost:5000/api', 'localhost:5000/api:latest'],
    ['registry:5000/team/api:v2', 'registry:5000/team/api:v2'],
    ['10.9.0.1:5000/api:v2', '10.9.0.1:5000/api:v2'],
    ['[::1]:5000/api', '[::1]:5000/api:latest'],
    ['UPPER/api', 'UPPER/api:latest'],
    ['api:UPPER', 'docker.io/library/api:UPPER'],
    ['a__b/c--d/e.f:1', 'docker.io/a__b/c--d/e.f:1'],
    [`nginx@${DIGEST}`, `docker.io/library/nginx@${DIGEST}`],
    [`ghcr.io/example/api:v2@${DIGEST}`, `ghcr.io/example/api:v2@${DIGEST}`],
  ])('%s is %s', (text, normalized) => {
    const parsed = parseImageReference(text);
    expect(parsed.ok && parsed.value.normalized).toBe(normalized);
    const again = parseImageReference(normalized);
    expect(again).toEqual(parsed);
  });

  it('gives the parts', () => {
    expect(parseImageReference(`localhost:5000/team/api:v2@${DIGEST}`)).toEqual({
      ok: true,
      value: {
        registry: 'localhost:5000',
        repository: 'team/api',
        tag: 'v2',
        digest: DIGEST,
        normalized: `localhost:5000/team/api:v2@${DIGEST}`,
      },
    });
  });

  it('has no tag where only a digest is named', () => {
    const parsed = parseImageReference(`nginx@${DIGEST}`);
    expect(parsed.ok && [parsed.value.tag, parsed.value.digest]).toEqual([null, DIGEST]);
  });
});

describe('what is no reference is refused with the reason', () => {
  it.each([
    ['', 'is empty'],
    ['nginx latest', 'white space'],
    ['https://ghcr.io/example/api', 'scheme'],
    ['Nginx', 'lower case'],
    ['ghcr.io/Example/api', 'lower case'],
    ['nginx:', 'the tag ""'],
    ['nginx:-1', 'the tag "-1"'],
    [`nginx:${'a'.repeat(129)}`, 'the tag'],
    ['nginx:1:2', 'the tag "1:2"'],
    ['ghcr.io/', 'empty part'],
    ['/nginx', 'empty part'],
    ['ghcr.io//api', 'empty part'],
    ['a___b', '"a___b"'],
    ['-nginx', '"-nginx"'],
    ['../../etc/passwd', 'registry'],
    ['-a.b/api', 'registry'],
    ['nginx@sha256:abc', '64 lower-case'],
    [`nginx@${DIGEST.toUpperCase()}`, 'must start with'],
    ['nginx@md5:0123456789abcdef0123456789abcdef', 'must start with'],
    [`nginx@${DIGEST}@${DIGEST}`, 'must start with'],
    [DIGEST, 'image id'],
    ['0123456789abcdef'.repeat(4), 'image id'],
    ['a/'.repeat(200), 'too long|longer|empty'],
    ['a'.repeat(250), 'longer than 255'],
    ['x'.repeat(100_000), 'too long'],
  ])('%s: %s', (text, reason) => {
    const parsed = parseImageReference(text);
    expect(parsed.ok ? parsed.value.normalized : parsed.error).toMatch(new RegExp(reason));
    expect(parsed.ok).toBe(false);
  });

  it('whatever is accepted is a fixed point and safe in a URL path', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-zA-Z0-9._:/@[\]-]{1,60}$/), (text) => {
        const parsed = parseImageReference(text);
        if (!parsed.ok) return;
        expect(parseImageReference(parsed.value.normalized)).toEqual(parsed);
        expect(parsed.value.repository).toMatch(/^[a-z0-9][a-z0-9._/-]*$/);
        expect(parsed.value.repository).not.toContain('..');
      }),
      { numRuns: 2_000 },
    );
  });
});
