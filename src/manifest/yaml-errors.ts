// What the YAML parser complains about, in sentences of ours: the parser's own messages quote the text
// around the error, and a message must never carry content of a file.

import type { ErrorCode as YamlErrorCode } from 'yaml';

const SENTENCES: Readonly<Record<YamlErrorCode, string>> = {
  ALIAS_PROPS: 'an alias can have neither an anchor nor a tag',
  BAD_ALIAS: 'an alias needs a name',
  BAD_COLLECTION_TYPE: 'the tag does not fit a map or list',
  BAD_DIRECTIVE: 'unknown YAML directive',
  BAD_DQ_ESCAPE: 'unknown escape sequence in a double-quoted string',
  BAD_INDENT: 'wrong indentation, or a list or map in brackets that does not end',
  BAD_PROP_ORDER: 'an anchor or a tag stands in the wrong place',
  BAD_SCALAR_START: 'a value cannot start with this character; put it in quotes',
  BLOCK_AS_IMPLICIT_KEY: 'a map cannot begin here: put the value in quotes or on a line of its own',
  BLOCK_IN_FLOW: 'a block of lines cannot stand between brackets',
  DUPLICATE_KEY: 'the key stands twice in this map',
  IMPOSSIBLE: 'this is no valid YAML',
  KEY_OVER_1024_CHARS: 'a key is longer than 1024 characters',
  MISSING_CHAR: 'a quote, bracket, colon or space is missing',
  MULTILINE_IMPLICIT_KEY: 'a key must be on one line; is a colon or a quote missing?',
  MULTIPLE_ANCHORS: 'a value can have one anchor only',
  MULTIPLE_DOCS: 'more than one document',
  MULTIPLE_TAGS: 'a value can have one tag only',
  NON_STRING_KEY: 'a key must be a string',
  RESOURCE_EXHAUSTION: 'the nesting is too deep',
  TAB_AS_INDENT: 'a tab cannot be used for indentation; use spaces',
  TAG_RESOLVE_FAILED: 'the value does not fit its tag, or the tag is unknown',
  UNEXPECTED_TOKEN: 'unexpected character or text',
};

/** The sentence for one of the parser's error codes. */
export const yamlErrorSentence = (code: YamlErrorCode): string => SENTENCES[code] ?? SENTENCES.IMPOSSIBLE;
