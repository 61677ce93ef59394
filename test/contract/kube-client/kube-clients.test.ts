import { SystemClock } from '../../../lib/clock.ts';
import { FakeKubeClient } from '../../../lib/kube/fake-client.ts';
import { HttpKubeClient } from '../../../lib/kube/http-client.ts';
import { ApiUnderTest } from '../../support/api-under-test.ts';
import { ControlPlaneProcess } from '../apiserver/control-plane-process.ts';
import { describeKubeClient } from './kube-client-contract.ts';

describeKubeClient('the fake', () => Promise.resolve({ client: new FakeKubeClient(), stop: () => Promise.resolve() }));

describeKubeClient('the registry itself', async () => {
  const api = await ApiUnderTest.start();
  return { client: api.core.client, stop: () => api.stop() };
});

describeKubeClient('HTTPS', async () => {
  const controlPlane = await ControlPlaneProcess.create('memory');
  await controlPlane.start();
  const admin = await controlPlane.identity('admin');
  const client = new HttpKubeClient({
    server: controlPlane.url,
    ca: controlPlane.ca.cert,
    cert: admin.cert,
    key: admin.key,
    clock: new SystemClock(),
  });
  return {
    client,
    stop: async () => {
      client.close();
      await controlPlane.remove();
    },
  };
});
