import { useTranslation } from 'react-i18next';
import { BEAT_SPEEDS, REALTIME_SPEEDS } from '../../view/player.ts';
import { useWorld, world } from '../../view/store.ts';
import { Button } from '../shared/Button.tsx';
import { Icon } from '../shared/Icon.tsx';
import { Menu, MenuChoices, MenuHeading, MenuLine } from '../shared/Menu.tsx';
import { GRANULARITIES, paceOf } from './pace.ts';

/** Where there is no room for two fields: how far a step goes and how fast playing is, in one menu. */
export function PaceMenu(): React.JSX.Element {
  const { t } = useTranslation('timeline');
  const granularity = useWorld((state) => state.granularity);
  const { mode, speed } = useWorld((state) => state.pace);
  const shown = t(mode === 'beats' ? 'beats' : 'realtime', { speed });
  const speeds = [...BEAT_SPEEDS.map((each) => ({ value: `beats ${each}`, label: t('beats', { speed: each }) })), ...REALTIME_SPEEDS.map((each) => ({ value: `realtime ${each}`, label: t('realtime', { speed: each }) }))];
  return (
    <Menu trigger={<Button data-testid="pace" aria-label={`${shown} · ${t('speed')}, ${t('by')}`}>{shown}<Icon name="chevronDown" /></Button>}>
      <MenuHeading>{t('by')}</MenuHeading>
      <MenuChoices value={granularity} options={GRANULARITIES.map((value) => ({ value, label: t(`granularity.${value}`) }))} onChoose={(value) => world.setGranularity(value)} />
      <MenuLine />
      <MenuHeading>{t('speed')}</MenuHeading>
      <MenuChoices value={`${mode} ${speed}`} options={speeds} onChoose={(value) => world.setPace(paceOf(value))} />
    </Menu>
  );
}
