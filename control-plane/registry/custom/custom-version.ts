import type { DefinedType } from '../../../lib/kube/merge-shape.ts';
import type { Column } from '../columns/column.ts';
import type { SchemaProps } from './schema-props.ts';

/** One served version of a kind that a CustomResourceDefinition defines. */
export interface CustomVersion {
  /** `stable.example.com/v1` */
  readonly apiVersion: string;
  readonly schema: SchemaProps;
  /** How its objects are merged by server-side apply. */
  readonly type: DefinedType;
  readonly columns: readonly Column[];
  /** Sent as a `Warning` header with every answer. */
  readonly deprecation: string | undefined;
}
