import { DropdownMenu as Radix } from 'radix-ui';
import type { ReactNode } from 'react';
import { Icon, type IconName } from './Icon.tsx';
import styles from './Menu.module.css';
import { overlays } from './overlays.ts';

interface MenuProps {
  /** The button that opens it. */
  readonly trigger: ReactNode;
  readonly align?: 'start' | 'end';
  readonly children: ReactNode;
}

/** A menu under its button: arrow keys, typing ahead, Esc. */
export function Menu({ trigger, align = 'start', children }: MenuProps): React.JSX.Element {
  return (
    <Radix.Root modal={false}>
      <Radix.Trigger asChild>{trigger}</Radix.Trigger>
      <Radix.Portal container={overlays()}>
        <Radix.Content className={styles['menu']} align={align} sideOffset={6} collisionPadding={8} loop>{children}</Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

interface MenuItemProps {
  readonly icon?: IconName;
  readonly aside?: ReactNode;
  readonly disabled?: boolean;
  readonly testId?: string;
  readonly onSelect: () => void;
  readonly children: ReactNode;
}

export function MenuItem({ icon, aside, disabled, testId, onSelect, children }: MenuItemProps): React.JSX.Element {
  return (
    <Radix.Item className={styles['item']} disabled={disabled} data-testid={testId} onSelect={onSelect}>
      {icon !== undefined && <span className={styles['mark']}><Icon name={icon} /></span>}
      <span className={styles['words']}>{children}</span>
      {aside !== undefined && <span className={styles['aside']}>{aside}</span>}
    </Radix.Item>
  );
}

/** One of several that exclude each other; the chosen one carries a tick. */
export function MenuChoices<T extends string>({ value, options, onChoose }: {
  readonly value: T;
  readonly options: readonly { readonly value: T; readonly label: string; readonly icon?: IconName }[];
  readonly onChoose: (value: T) => void;
}): React.JSX.Element {
  return (
    <Radix.RadioGroup value={value}>
      {options.map((option) => (
        <Radix.RadioItem key={option.value} className={styles['item']} value={option.value} onSelect={() => onChoose(option.value)}>
          {option.icon !== undefined && <span className={styles['mark']}><Icon name={option.icon} /></span>}
          <span className={styles['words']}>{option.label}</span>
          <span className={styles['aside']}><Radix.ItemIndicator><Icon name="check" /></Radix.ItemIndicator></span>
        </Radix.RadioItem>
      ))}
    </Radix.RadioGroup>
  );
}

export function MenuHeading({ children }: { readonly children: ReactNode }): React.JSX.Element {
  return <Radix.Label className={styles['heading']}>{children}</Radix.Label>;
}

export function MenuLine(): React.JSX.Element {
  return <Radix.Separator className={styles['line']} />;
}

export function SubMenu({ label, testId, disabled, children }: { readonly label: string; readonly testId?: string; readonly disabled?: boolean; readonly children: ReactNode }): React.JSX.Element {
  return (
    <Radix.Sub>
      <Radix.SubTrigger className={styles['item']} data-testid={testId} disabled={disabled}>
        <span className={styles['words']}>{label}</span>
        <span className={styles['aside']}><Icon name="chevronRight" /></span>
      </Radix.SubTrigger>
      <Radix.Portal container={overlays()}>
        <Radix.SubContent className={styles['menu']} sideOffset={4} collisionPadding={8} loop>{children}</Radix.SubContent>
      </Radix.Portal>
    </Radix.Sub>
  );
}
