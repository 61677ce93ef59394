import { createHash } from 'node:crypto';

/** What the path of a log says of its container. */
export interface NamedByPath {
  readonly containerId: string;
  readonly namespace: string;
  readonly pod: string;
  readonly podUid: string;
  readonly container: string;
  readonly restartCount: number;
}

/** The kubelet's `/var/log/pods/NAMESPACE_POD_UID`; `undefined` for another name. */
export function parsePodFolder(
  name: string,
): { readonly namespace: string; readonly pod: string; readonly uid: string } | undefined {
  const match = /^([a-z0-9-]{1,63})_([a-z0-9.-]{1,253})_([0-9a-zA-Z-]{8,64})$/.exec(name);
  return match?.[1] && match[2] && match[3] ? { namespace: match[1], pod: match[2], uid: match[3] } : undefined;
}

/** The log of one run in `/var/log/pods/NAMESPACE_POD_UID/CONTAINER/RESTARTS.log`; `undefined` for another name. */
export function nameByPodPath(podFolder: string, container: string, file: string): NamedByPath | undefined {
  const pod = parsePodFolder(podFolder);
  const match = /^(\d{1,9})\.log$/.exec(file);
  if (!pod || !match?.[1] || !/^[a-z0-9-]{1,63}$/.test(container)) return undefined;
  const restartCount = Number(match[1]);
  return {
    containerId: idOf(`${pod.uid}/${container}/${restartCount}`),
    namespace: pod.namespace,
    pod: pod.pod,
    podUid: pod.uid,
    container,
    restartCount,
  };
}

/** A log in a folder of logs: the kubelet's `POD_NAMESPACE_CONTAINER-ID.log`, or any other name. */
export function nameByFile(path: string, file: string): NamedByPath {
  const match = /^([a-z0-9.-]{1,253})_([a-z0-9-]{1,63})_([a-z0-9-]{1,63})-([0-9a-f]{64})\.log$/.exec(file);
  if (match?.[1] && match[2] && match[3] && match[4]) {
    return {
      containerId: match[4],
      namespace: match[2],
      pod: match[1],
      podUid: '',
      container: match[3],
      restartCount: 0,
    };
  }
  const name = file.replace(/(?:-json)?\.log$/, '');
  return { containerId: idOf(path), namespace: 'default', pod: name, podUid: '', container: name, restartCount: 0 };
}

/** As long as an engine's, so that it can stand where one can; the same for the same text. */
function idOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
