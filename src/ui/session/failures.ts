// Failures of the world, worded for the visitor.
import i18next from 'i18next';
import en from '../../i18n/en/errors.ts';
import { useWorld, world } from '../../view/store.ts';

type Code = keyof (typeof en)['world'];
const isCode = (code: string): code is Code => Object.hasOwn(en.world, code);

/** The words for a failure; an unknown code is told by its detail. */
export function failureText({ code, detail }: { readonly code: string; readonly detail: string }): string {
  const [first = ''] = detail.split('\n');
  return i18next.t(`world.${isCode(code) ? code : 'other'}`, { ns: 'errors', detail: first === '' ? code : first });
}

/** The words of the last failure, which counts as told from then on. */
export function takeFailure(): string {
  const { failure } = useWorld.getState();
  world.dismissFailure();
  return failureText(failure ?? { code: 'other', detail: '' });
}
