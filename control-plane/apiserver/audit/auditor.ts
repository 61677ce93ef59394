import type { RecordWriter } from '../../../lib/signals/record-writer.ts';
import { auditDocument, type AuditedRequest } from './audit-document.ts';
import { auditLevel, type AuditRule } from './audit-policy.ts';

/** Keeps account of who did what, as the policy's rules say. Never holds a request up. */
export class Auditor {
  readonly #rules: readonly AuditRule[];
  readonly #records: RecordWriter;
  readonly #clusterName: string;

  constructor(rules: readonly AuditRule[], records: RecordWriter, clusterName: string) {
    this.#rules = rules;
    this.#records = records;
    this.#clusterName = clusterName;
  }

  ended(request: AuditedRequest): void {
    if (auditLevel(this.#rules, request.user, request.info) === 'None') return;
    this.#records.append('audit', auditDocument(request, this.#clusterName));
  }
}
