import { expect, test } from 'vitest';
import { withoutDockerRules } from '../../../scripts/setup/docker-rules.ts';

test('takes an engine’s chains and rules out of the packet filter and leaves all others', () => {
  const saved = [
    '*filter',
    ':FORWARD DROP [0:0]',
    ':DOCKER - [0:0]',
    ':DOCKER-ISOLATION-STAGE-1 - [0:0]',
    '-A FORWARD -j DOCKER-USER',
    '-A FORWARD -i docker0 -o docker0 -j ACCEPT',
    '-A FORWARD -i eth1 -j ACCEPT',
    '-A DOCKER-USER -j RETURN',
    'COMMIT',
  ];
  expect(withoutDockerRules(saved.join('\n')).split('\n')).toEqual([
    '*filter',
    ':FORWARD DROP [0:0]',
    '-A FORWARD -i eth1 -j ACCEPT',
    'COMMIT',
  ]);
});
