import type { MultilinePreset } from '../../lib/log-annotations/log-annotations.ts';

/** What the first line of a message looks like, for the stack traces of common languages: everything else goes on the message before. */
const firstLines: Readonly<Record<MultilinePreset, RegExp>> = {
  java: /^(?![ \t]*(?:at |\.{3}|Suppressed:|Caused by:|Wrapped by:|\[CIRCULAR REFERENCE)|[ \t]*$)/,
  python:
    /^(?!Traceback \(most recent call last\):|[ \t]+|[A-Za-z_][\w.]*(?:Error|Exception|Warning|Interrupt|Exit|Timeout|Group)(?::|$)|[a-z_][\w.]*\.[A-Z]\w*(?::|$)|[ \t]*$|During handling of the above|The above exception was)/,
  go: /^(?!goroutine \d+ (?:gp=[^[]*)?\[|\t|[\w./*()[\]{}\-·%]+\(.*\)$|created by |\[signal |runtime stack:|[a-z0-9]{2,7}[ \t]+0x[0-9a-f]+$|[ \t]*$|exit status )/,
  node: /^(?![ \t]+\S|[ \t]*[{}]?$|\(Use `node |Node\.js v)/,
};

/** The pattern for a language. */
export function startPattern(language: MultilinePreset): RegExp {
  return firstLines[language];
}
