import { parseLogAnnotations, type LogAnnotationProblem } from '../../lib/log-annotations/log-annotations.ts';
import { startPattern } from '../parse/multiline.ts';
import { AnnotatedLines } from './annotated-lines.ts';
import type { LineTransform } from './line-transform.ts';

/** What a pod's annotations ask for; `undefined` when lines are shipped as they are. What is not valid is told of and left out. */
export function transformFor(
  annotations: Readonly<Record<string, string>>,
  invalid: (problem: LogAnnotationProblem) => void,
): LineTransform | undefined {
  const { rules, problems } = parseLogAnnotations(annotations);
  problems.forEach(invalid);
  const { multiline, ...others } = rules;
  const firstLine = typeof multiline === 'string' ? startPattern(multiline) : multiline;
  const lineRules = { ...others, ...(firstLine ? { firstLine } : {}) };
  return Object.keys(lineRules).length > 0 ? new AnnotatedLines(lineRules) : undefined;
}
