import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button, IconButton } from '../shared/Button.tsx';
import type { IconName } from '../shared/Icon.tsx';
import { constant, useLive } from '../shared/live.ts';
import { Menu, MenuChoices, MenuHeading, MenuItem, MenuLine } from '../shared/Menu.tsx';
import { notify, reasonOf } from '../shared/notices.ts';
import { setPreference, type Theme, usePreferences } from '../shared/preferences.ts';
import { usePorts } from '../ports.ts';
import type { ShellPort } from './contract.ts';
import { Facts } from './Facts.tsx';
import { FaultsMenu } from './FaultsMenu.tsx';
import { showHelp, showSearch, TOP_BAR_ID } from './layout.ts';
import styles from './TopBar.module.css';
import { useMediaQuery } from './useMediaQuery.ts';
import { Wordmark } from './Wordmark.tsx';

// Dialogs come when they are asked for.
const ShareDialog = lazy(async () => ({ default: (await import('./ShareDialog.tsx')).ShareDialog }));
const ResetDialog = lazy(async () => ({ default: (await import('./ResetDialog.tsx')).ResetDialog }));

const NOTHING = constant(undefined);
const NO_NAME = constant('');
/** Below this the rarer controls move into one menu. */
const NARROW = '(max-width: 1239px)';

const THEME_ICONS: Readonly<Record<Theme, IconName>> = { system: 'system', light: 'sun', dark: 'moon' };

function UndoButton({ port, iconOnly }: { readonly port: ShellPort | undefined; readonly iconOnly: boolean }): React.JSX.Element {
  const { t } = useTranslation('shell');
  const input = useLive(port?.undoable ?? NOTHING);
  const hint = input === undefined ? t('undo.nothing') : t(`undo.${input.what}`, { name: input.name });
  const undo = (): void => {
    port?.undo().then(() => notify(t('undo.done')), (error: unknown) => notify(reasonOf(error), { kind: 'problem' }));
  };
  const common = { icon: 'undo', hint, unavailable: input === undefined, onClick: undo, 'data-testid': 'undo' } as const;
  return iconOnly ? <IconButton {...common} label={t('undo.label')} /> : <Button {...common}>{t('undo.label')}</Button>;
}

function ThemeChoices(): React.JSX.Element {
  const { t } = useTranslation('shell');
  const theme = usePreferences((state) => state.theme);
  const options = (['system', 'light', 'dark'] as const).map((value) => ({ value, label: t(`theme.${value}`), icon: THEME_ICONS[value] }));
  return <MenuChoices value={theme} options={options} onChoose={(value) => setPreference('theme', value)} />;
}

function useLanguageSwitch(): () => void {
  const language = usePreferences((state) => state.language);
  return () => setPreference('language', language === 'en' ? 'zh-CN' : 'en');
}

interface ActionProps {
  readonly ready: boolean;
  readonly onShare: () => void;
  readonly onReset: () => void;
}

function WideActions({ ready, onShare, onReset }: ActionProps): React.JSX.Element {
  const { t } = useTranslation('shell');
  const { theme, presenter } = usePreferences();
  const switchLanguage = useLanguageSwitch();
  return (
    <>
      <Button icon="share" unavailable={!ready} data-testid="share" onClick={onShare}>{t('share.label')}</Button>
      <span className={styles['gap']} />
      <Button className={styles['language']} hint={t('language.switchTo')} data-testid="language" onClick={switchLanguage}>{t('language.name')}</Button>
      <Menu align="end" trigger={<Button icon={THEME_ICONS[theme]} className={styles['square']} aria-label={t('theme.label')} data-testid="theme" />}>
        <MenuHeading>{t('theme.label')}</MenuHeading>
        <ThemeChoices />
      </Menu>
      <IconButton icon="presenter" label={t('presenter.label')} hint={presenter ? t('presenter.off') : t('presenter.on')} aria-pressed={presenter} data-testid="presenter" onClick={() => setPreference('presenter', !presenter)} />
      <IconButton icon="help" label={t('help.label')} data-testid="help" onClick={() => showHelp(true)} />
      <IconButton icon="reset" label={t('reset.label')} unavailable={!ready} data-testid="reset" onClick={onReset} />
    </>
  );
}

function NarrowActions({ ready, onShare, onReset }: ActionProps): React.JSX.Element {
  const { t } = useTranslation('shell');
  const presenter = usePreferences((state) => state.presenter);
  const switchLanguage = useLanguageSwitch();
  return (
    <>
      <IconButton icon="presenter" label={t('presenter.label')} hint={presenter ? t('presenter.off') : t('presenter.on')} aria-pressed={presenter} data-testid="presenter" onClick={() => setPreference('presenter', !presenter)} />
      <Menu align="end" trigger={<Button icon="more" className={styles['square']} aria-label={t('more')} data-testid="more" />}>
        <MenuItem icon="share" disabled={!ready} testId="share" onSelect={onShare}>{t('share.label')}</MenuItem>
        <MenuItem icon="help" testId="help" onSelect={() => showHelp(true)}>{t('help.label')}</MenuItem>
        <MenuItem icon="reset" disabled={!ready} testId="reset" onSelect={onReset}>{t('reset.label')}</MenuItem>
        <MenuLine />
        <MenuItem testId="language" onSelect={switchLanguage}>{t('language.switchTo')}</MenuItem>
        <MenuLine />
        <MenuHeading>{t('theme.label')}</MenuHeading>
        <ThemeChoices />
      </Menu>
    </>
  );
}

/** Name, scenario, the cluster in three numbers, and what concerns the whole session. */
export function TopBar(): React.JSX.Element {
  const { t } = useTranslation('shell');
  const port = usePorts((ports) => ports.shell);
  const scenario = useLive(port?.scenario ?? NO_NAME);
  const presenter = usePreferences((state) => state.presenter);
  const narrow = useMediaQuery(NARROW) || presenter;
  const [dialog, setDialog] = useState<'share' | 'reset'>();
  const close = (): void => setDialog(undefined);
  const actions: ActionProps = { ready: port !== undefined, onShare: () => setDialog('share'), onReset: () => setDialog('reset') };
  return (
    <header id={TOP_BAR_ID} className={styles['bar']} tabIndex={-1}>
      <Wordmark name={t('product')} />
      {scenario !== '' && <span className={styles['divider']} />}
      {scenario !== '' && <p className={styles['scenario']} title={scenario} data-testid="scenario">{scenario}</p>}
      <span className={styles['divider']} />
      {port === undefined ? <p className={styles['starting']}>{t('facts.starting')}</p> : <Facts facts={port.facts} />}
      <span className={styles['spring']} />
      <fieldset className={styles['actions']} aria-label={t('topBar')}>
        <IconButton icon="search" label={t('search.title')} unavailable={port === undefined} data-testid="search" onClick={() => showSearch(true)} />
        <FaultsMenu port={port} />
        <UndoButton port={port} iconOnly={narrow} />
        {narrow ? <NarrowActions {...actions} /> : <WideActions {...actions} />}
      </fieldset>
      <Suspense fallback={null}>
        {port !== undefined && dialog === 'share' && <ShareDialog port={port} onClose={close} />}
        {port !== undefined && dialog === 'reset' && <ResetDialog port={port} onClose={close} />}
      </Suspense>
    </header>
  );
}
