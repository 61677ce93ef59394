import { expect, test } from 'vitest';
import { SystemClock } from '../../../../lib/clock.ts';
import { HttpKubeClient } from '../../../../lib/kube/http-client.ts';
import { SharedInformers } from '../../../../lib/kube/shared-informers.ts';
import { silentLog } from '../../../../lib/log.ts';
import { profiles } from '../../../../lib/profiles.ts';
import { eventually } from '../../../support/eventually.ts';
import { HollowKubelets } from '../../controllers/hollow-kubelets.ts';
import type { KubectlSession } from './session.ts';

/** Agents without containers on two nodes, `h1` and `h2`. The returned function ends them. */
async function hollowNodes(session: KubectlSession): Promise<() => Promise<void>> {
  const { server } = session;
  const clock = new SystemClock();
  const client = new HttpKubeClient({
    server: server.url,
    ca: server.ca.cert,
    ...(await server.identity('admin')),
    clock,
  });
  const informers = new SharedInformers({ client, clock, log: silentLog });
  const kubelets = new HollowKubelets(client, informers, clock, profiles.vigil);
  await informers.start(new AbortController().signal);
  for (const name of ['h1', 'h2']) await kubelets.join(name);
  return async () => {
    kubelets.kill('h1');
    kubelets.kill('h2');
    await informers.stop();
    client.close();
    expect(kubelets.failures).toEqual([]);
  };
}

/** What pods that run make possible: rollouts, waiting for conditions, taints, cordon and drain. */
export function rolling(root: () => KubectlSession): void {
  let session: KubectlSession;
  let end = () => Promise.resolve();
  const image = "get deployment web -o jsonpath='{.spec.template.spec.containers[0].image}'";

  test('nodes without containers', async () => {
    session = await root().in('rolling');
    end = await hollowNodes(session);
    await session.says('wait node h1 h2 --for condition=Ready --timeout 20s', 'node/h2 condition met');
    await session.inOrder([
      ['create deployment web --image demo:1 --replicas 2', 'created'],
      ['create configmap kept', 'created'],
    ]);
  });

  test('rollout status, history, undo, pause, resume and restart', async () => {
    await session.inOrder([
      ['rollout status deployment/web --timeout 60s', 'deployment "web" successfully rolled out'],
      ["annotate deployment web kubernetes.io/change-cause='first one'", 'annotated'],
      ['set image deployment/web demo=demo:2', 'updated'],
      ["annotate deployment web kubernetes.io/change-cause='second one' --overwrite", 'annotated'],
      ['rollout status deployment web --timeout 60s', 'successfully rolled out'],
      ['rollout history deployment/web', /REVISION +CHANGE-CAUSE\n1 +first one\n2 +second one\n/],
      ['rollout history deployment/web --revision 1', /demo:1/],
      ['rollout undo deployment/web --dry-run=client', 'Pod Template'],
      ['rollout undo deployment/web', 'deployment.apps/web rolled back'],
      [image, 'demo:1'],
      ['rollout undo deployment/web --to-revision 2', 'rolled back'],
      [image, 'demo:2'],
      ['rollout pause deployment/web', 'deployment.apps/web paused'],
      ['set image deployment/web demo=demo:3', 'updated'],
      ['get rs -l app=web -o jsonpath={.items[*].spec.template.spec.containers[0].image}', /^(?!.*demo:3)/],
      ['rollout resume deployment/web', 'deployment.apps/web resumed'],
      ['rollout status deployment/web --timeout 60s', 'successfully rolled out'],
      ['rollout restart deployment/web', 'deployment.apps/web restarted'],
      ["get deployment web -o jsonpath='{.spec.template.metadata.annotations}'", 'kubectl.kubernetes.io/restartedAt'],
      ['rollout status deployment/web --timeout 60s', 'successfully rolled out'],
    ]);
    await session.allComplain([
      ['rollout undo deployment/web --to-revision 99', 'unable to find specified revision 99 in history'],
      ['rollout status deployment/nothere', 'not found'],
      ['rollout resume deployment/web', 'is not paused'],
      ['rollout status configmap/kept', 'no status viewer has been implemented'],
    ]);
  });

  test('wait waits for conditions, fields, creation and deletion', async () => {
    const created = session.says('wait configmap/late --for create --timeout 30s', 'configmap/late condition met');
    const deleted = session.says('wait configmap/kept --for delete --timeout 30s', 'configmap/kept condition met');
    await session.inOrder([
      ['wait deployment web --for condition=Available --timeout 30s', 'deployment.apps/web condition met'],
      ['wait pod -l app=web --for condition=Ready --timeout 30s', /pod\/web-\S+ condition met\npod\/web-/],
      ["wait pod --all --for jsonpath='{.status.phase}'=Running --timeout 30s", 'condition met'],
      ["wait deployment/web --for jsonpath='{.spec.replicas}'=2", 'condition met'],
      ['create configmap late', 'created'],
      ['delete configmap kept', 'deleted'],
    ]);
    await Promise.all([created, deleted]);
    await session.allComplain([
      [
        'wait deployment/web --for condition=Never --timeout 1s',
        'timed out waiting for the condition on deployments/web',
      ],
      ['wait deployment/nothere --for condition=Available', 'deployments.apps "nothere" not found'],
    ]);
  });

  test('taint, cordon, drain and uncordon a node', async () => {
    await session.inOrder([
      ['create poddisruptionbudget calm --selector app=web --min-available 1', 'created'],
      ['taint node h1 a=b:NoSchedule', 'node/h1 tainted'],
      ['taint node h1 a=c:NoSchedule --overwrite', 'node/h1 modified'],
      ["get node h1 -o jsonpath='{.spec.taints[*].value}'", 'c'],
      ['taint node h1 a:NoSchedule-', 'node/h1 untainted'],
      ['cordon h1', 'node/h1 cordoned'],
      ['cordon h1', 'node/h1 already cordoned'],
      ['get nodes', /h1 +Ready,SchedulingDisabled +<none>[^]*h2 +Ready +<none>/],
      ['drain h1 --dry-run=client --pod-selector app=web', 'node/h1 drained (dry run)'],
      ['drain h1 --ignore-daemonsets --pod-selector app=web --timeout 60s', 'node/h1 drained'],
    ]);
    const nodes = "get pods -l app=web -o jsonpath='{.items[*].spec.nodeName}'";
    await eventually('both pods are on the other node', async () => (await session.run(nodes)).stdout === 'h2 h2');
    await session.inOrder([
      ['uncordon h1', 'node/h1 uncordoned'],
      ['describe node h2', /Non-terminated Pods: +\([2-9]/],
      ['rollout status deployment/web --timeout 60s', 'successfully rolled out'],
    ]);
    await session.allComplain([
      ['taint node h1 a:NoSchedule-', 'taint "a:NoSchedule" not found'],
      ['taint node h1 a=b:Sometimes', 'invalid taint effect'],
      ['cordon nothere', 'nodes "nothere" not found'],
    ]);
  });

  test('drain does not take a pod that nobody would make again', async () => {
    await session.says('run alone --image demo:1', 'created');
    await session.says('wait pod alone --for condition=Ready --timeout 30s', 'met');
    const node = await session.says("get pod alone -o jsonpath='{.spec.nodeName}'", 'h');
    await session.complains(
      `drain ${node} --pod-selector run=alone --timeout 5s`,
      'cannot delete cannot delete Pods that declare no controller',
    );
    await session.says(`drain ${node} --pod-selector run=alone --force --timeout 60s`, `node/${node} drained`);
    await session.complains('get pod alone', 'not found');
    await session.says(`uncordon ${node}`, 'uncordoned');
  });

  test('the nodes go', async () => {
    await session.says('delete deployment web --cascade=foreground --timeout 30s', 'deleted');
    await session.says('delete node h1 h2', 'node "h2" deleted');
    await end();
  });
}
