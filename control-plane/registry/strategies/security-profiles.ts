import type { FieldError } from '../strategy.ts';
import { relativePath } from './field-checks.ts';
import { invalidValue, requiredValue, unsupportedValue } from './field-errors.ts';

interface Profile {
  readonly type?: string;
  readonly localhostProfile?: string;
}

const profileTypes = ['Localhost', 'RuntimeDefault', 'Unconfined'];

/** Which system calls the kernel lets a container make. */
export function validateSeccompProfile(profile: Profile | undefined, at: string): readonly FieldError[] {
  if (!profile) return [];
  const { type, localhostProfile: file } = profile;
  const errors: FieldError[] = [...validateType(type, at, 'seccompProfile')];
  if (type === 'Localhost') {
    if (file === undefined)
      errors.push(requiredValue(`${at}.localhostProfile`, 'must be set when seccomp type is Localhost'));
    else errors.push(...relativePath(`${at}.localhostProfile`, file));
  } else if (file !== undefined) {
    const shown = { Type: type ?? '', LocalhostProfile: file };
    errors.push(invalidValue(`${at}.localhostProfile`, shown, 'can only be set when seccomp type is Localhost'));
  }
  return errors;
}

/** What the kernel's AppArmor lets a container do. */
export function validateAppArmorProfile(profile: Profile | undefined, at: string): readonly FieldError[] {
  if (!profile) return [];
  const { type, localhostProfile: name } = profile;
  const errors: FieldError[] = [...validateType(type, at, 'appArmorProfile')];
  if (type === 'Localhost') {
    if (!name) errors.push(requiredValue(`${at}.localhostProfile`, 'must be set when AppArmor type is Localhost'));
  } else if (name !== undefined) {
    errors.push(invalidValue(`${at}.localhostProfile`, name, 'can only be set when AppArmor type is Localhost'));
  }
  return errors;
}

function validateType(type: string | undefined, at: string, member: string): readonly FieldError[] {
  if (!type) return [requiredValue(`${at}.type`, `type is required when ${member} is set`)];
  return profileTypes.includes(type) ? [] : [unsupportedValue(`${at}.type`, type, profileTypes)];
}
