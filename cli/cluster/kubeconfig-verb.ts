import type { Verb } from '../command.ts';
import { chosenCluster, nameOption } from './cluster-options.ts';

/** `kctl kubeconfig`: prints a path, for `export KUBECONFIG=$(./kctl kubeconfig)`. */
export const kubeconfig: Verb = {
  usage: '[--name NAME]',
  summary: "Print the path of a cluster's kubeconfig.",
  options: nameOption,
  run(args, context) {
    console.log(chosenCluster(args, context).home.kubeconfig);
    return Promise.resolve(0);
  },
};
