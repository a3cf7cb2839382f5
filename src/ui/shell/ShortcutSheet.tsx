import { useTranslation } from 'react-i18next';
import { Dialog } from '../shared/Dialog.tsx';
import { KeyHint } from '../shared/KeyHint.tsx';
import { type ShortcutGroup, useShortcuts } from '../shared/shortcuts.ts';
import { showHelp } from './layout.ts';
import styles from './ShortcutSheet.module.css';

const ORDER: readonly ShortcutGroup[] = ['page', 'editor', 'playback'];

function Group({ group }: { readonly group: ShortcutGroup }): React.JSX.Element | null {
  const { t } = useTranslation('shortcuts');
  const shortcuts = useShortcuts((state) => state.shortcuts).filter((shortcut) => shortcut.group === group);
  if (shortcuts.length === 0) return null;
  return (
    <section className={styles['group']}>
      <h3 className={styles['heading']}>{t(`groups.${group}`)}</h3>
      <dl className={styles['list']}>
        {shortcuts.map((shortcut) => (
          <div key={shortcut.text} className={styles['row']}>
            <dt>{t(shortcut.text)}</dt>
            <dd className={styles['keys']}>{shortcut.keys.map((keys) => <KeyHint key={keys} keys={keys} />)}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

/** Every key the page knows, by what it is for. */
export function ShortcutSheet(): React.JSX.Element {
  const { t } = useTranslation('shortcuts');
  return (
    <Dialog size="broad" open onClose={() => showHelp(false)} title={t('title')} testId="shortcut-sheet">
      <div className={styles['sheet']}>{ORDER.map((group) => <Group key={group} group={group} />)}</div>
    </Dialog>
  );
}
