import { Tooltip as Radix } from 'radix-ui';
import type { ReactNode } from 'react';
import { overlays } from './overlays.ts';
import styles from './Tooltip.module.css';

const DELAY_MS = 350;

/** Once around the page, so that a second tooltip soon after the first appears at once. */
export function TooltipProvider({ children }: { readonly children: ReactNode }): React.JSX.Element {
  return <Radix.Provider delayDuration={DELAY_MS} skipDelayDuration={300}>{children}</Radix.Provider>;
}

/** Explains the one element inside it, on hover and on keyboard focus. The element must take a ref and props. */
export function Tooltip({ text, side = 'bottom', children }: { readonly text: string; readonly side?: 'top' | 'right' | 'bottom' | 'left'; readonly children: ReactNode }): React.JSX.Element {
  return (
    <Radix.Root>
      <Radix.Trigger asChild>{children}</Radix.Trigger>
      <Radix.Portal container={overlays()}>
        <Radix.Content className={styles['tooltip']} side={side} sideOffset={6} collisionPadding={8}>{text}</Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
