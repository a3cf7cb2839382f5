import type { ComponentProps } from 'react';
import styles from './Button.module.css';
import { cx } from './classNames.ts';
import { Icon, type IconName } from './Icon.tsx';
import { Tooltip } from './Tooltip.tsx';

interface Look {
  /** primary: the one thing to do here; outlined: its neighbours; quiet: everything else. */
  readonly look?: 'primary' | 'outlined' | 'quiet';
  readonly small?: boolean;
  /** Stays focusable and keeps its tooltip, which should say why it cannot be used now. */
  readonly unavailable?: boolean;
}

export interface ButtonProps extends Look, Omit<ComponentProps<'button'>, 'disabled' | 'title'> {
  readonly icon?: IconName;
  /** Shown on hover and focus. */
  readonly hint?: string;
}

/** A button with a word on it. */
export function Button({ look = 'quiet', small, unavailable, icon, hint, className, children, onClick, ...rest }: ButtonProps): React.JSX.Element {
  const button = (
    <button type="button" {...rest} aria-disabled={unavailable || undefined} onClick={unavailable ? undefined : onClick}
      className={cx(styles['button'], look !== 'quiet' && styles[look], small && styles['small'], className)}>
      {icon !== undefined && <Icon name={icon} />}
      {children}
    </button>
  );
  return hint === undefined ? button : <Tooltip text={hint}>{button}</Tooltip>;
}

export interface IconButtonProps extends Look, Omit<ComponentProps<'button'>, 'disabled' | 'title' | 'children' | 'aria-label'> {
  readonly icon: IconName;
  /** Its name for screen readers, and its tooltip unless `hint` says more. */
  readonly label: string;
  readonly hint?: string;
}

/** A button with only an icon; its name appears on hover and focus. */
export function IconButton({ icon, label, hint, look = 'quiet', small, unavailable, className, onClick, ...rest }: IconButtonProps): React.JSX.Element {
  return (
    <Tooltip text={hint ?? label}>
      <button type="button" {...rest} aria-label={label} aria-disabled={unavailable || undefined} onClick={unavailable ? undefined : onClick}
        className={cx(styles['button'], styles['icon'], look !== 'quiet' && styles[look], small && styles['small'], className)}>
        <Icon name={icon} />
      </button>
    </Tooltip>
  );
}
