/** What the first line of a message looks like, for the stack traces of common languages: everything else goes on the message before. */
const firstLines: Readonly<Record<string, RegExp>> = {
  java: /^(?![ \t]+(?:at |\.{3}|Suppressed:)|Caused by:|Suppressed:|[ \t]*$)/,
  python:
    /^(?!Traceback \(most recent call last\):|[ \t]+|[A-Za-z_][\w.]*(?:Error|Exception|Warning|Interrupt|Exit)(?::|$)|[ \t]*$|During handling of the above|The above exception was)/,
  go: /^(?!goroutine \d+ \[|\t|[\w./*()-]+\(.*\)$|created by |\[signal |[ \t]*$|exit status )/,
  node: /^(?![ \t]+(?:at |\[|code:|errno:|syscall:)|[ \t]*[{}]?$|Node\.js v)/,
};

/** The pattern for a language's name. */
export function startPattern(name: string): RegExp | undefined {
  return Object.hasOwn(firstLines, name) ? firstLines[name] : undefined;
}
