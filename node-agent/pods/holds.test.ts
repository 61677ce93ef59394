import { expect, test } from 'vitest';
import { VigilError } from '../../lib/errors.ts';
import { Holds } from './holds.ts';
import { ImageError } from './image-error.ts';

const pull = { initialMs: 10_000, maxMs: 300_000, resetAfterMs: 0 };
const failed = (code: string) => new VigilError(code, 'transient', 'because');

test('a failed pull is shown as such, then as the wait for the next, which doubles', () => {
  const holds = new Holds(pull);
  holds.failed('main', failed('IMAGE_PULL_FAILED'), 0);
  expect(holds.waitingReason('main', 'app:1', 0)).toEqual({ reason: 'ErrImagePull', message: 'because' });
  expect(holds.nextChangeMs(0)).toBe(1_000);
  expect(holds.waitingReason('main', 'app:1', 1_000)).toEqual({
    reason: 'ImagePullBackOff',
    message: 'Back-off pulling image "app:1": ErrImagePull: because',
  });
  expect(holds.view.get('main')?.untilMs).toBe(10_000);
  holds.failed('main', failed('IMAGE_PULL_FAILED'), 10_000);
  expect(holds.view.get('main')?.untilMs).toBe(30_000);
  holds.succeeded('main');
  expect(holds.waitingReason('main', 'app:1', 30_000)).toBeUndefined();
});

test('a pull for a volume is told by what the volume asked for', () => {
  const holds = new Holds(pull);
  holds.failed('main', new ImageError('IMAGE_PULL_FAILED', 'transient', 'data:1', 'because'), 0);
  expect(holds.waitingReason('main', 'app:1', 1_000)?.message).toBe(
    'Back-off pulling image "data:1": ErrImagePull: because',
  );
});

test.each([
  ['IMAGE_NEVER_PULLED', 'ErrImageNeverPull'],
  ['IMAGE_NAME_INVALID', 'InvalidImageName'],
  ['CONTAINER_CONFIG_INVALID', 'CreateContainerConfigError'],
  ['CONTAINER_START_FAILED', 'RunContainerError'],
  ['ENGINE_FAILED', 'CreateContainerError'],
  ['IMAGE_NOT_MOUNTED', 'CreateContainerError'],
  ['SUB_PATH_MISSING', 'CreateContainerError'],
])('%s is told as %s', (code, reason) => {
  const holds = new Holds(pull);
  holds.failed('main', failed(code), 0);
  expect(holds.waitingReason('main', 'app:1', 0)).toEqual({ reason, message: 'because' });
});

test('what waited for an object is tried at once when objects change; other failures are not', () => {
  const holds = new Holds(pull);
  holds.failed('main', failed('CONTAINER_CONFIG_INVALID'), 0);
  holds.failed('volumes', failed('VOLUME_NOT_READY'), 0);
  holds.failed('sandbox', failed('ENGINE_FAILED'), 0);
  holds.clearConfigFailures();
  expect([...holds.view.keys()]).toEqual(['sandbox']);
});
