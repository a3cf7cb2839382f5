import { diffLines } from 'diff';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ObjectVersion } from '../../worker/protocol.ts';
import { Button } from '../shared/Button.tsx';
import { formatVirtualTime } from '../shell/virtualTime.ts';
import { world } from '../../view/store.ts';
import { yamlText } from '../../view/yaml-text.ts';
import { MessageLink } from './links.tsx';
import { useAnswer } from './useAnswer.ts';
import styles from './Inspector.module.css';

/** Every revision of the object that etcd still has, and what each changed since the one before, or since any other. */
export function HistoryTab({ objectKey }: { readonly objectKey: string }): React.JSX.Element {
  const { t } = useTranslation('inspector');
  const history = useAnswer({ type: 'objectHistory', key: objectKey });
  const [chosen, setChosen] = useState<number>();
  const [base, setBase] = useState<number>();
  if (!history) return <p className={styles['quiet']}>{t('loading')}</p>;
  const versions = history.versions;
  const index = Math.max(0, versions.findIndex((version) => version.revision === chosen));
  const shown = chosen === undefined ? versions.length - 1 : index;
  return (
    <>
      {history.compacted && <p className={styles['quiet']}>{t('compacted')}</p>}
      <ol className={styles['versions']}>
        {versions.map((version, i) => (
          <li key={version.revision}>
            <button type="button" aria-current={i === shown} onClick={() => setChosen(version.revision)} data-testid="history-version">
              <span>{t('revision', { revision: version.revision })}</span><span>{version.object ? formatVirtualTime(version.atUs) : t('deleted')}</span>
            </button>
          </li>
        ))}
      </ol>
      {versions[shown] && (
        <>
          <label className={styles['compare']}>
            <span>{t('comparedWith')}</span>
            <select value={base ?? ''} data-testid="history-base" onChange={(event) => setBase(event.target.value === '' ? undefined : Number(event.target.value))}>
              <option value="">{t('previousRevision')}</option>
              {versions.filter((_, i) => i !== shown).map(({ revision }) => <option key={revision} value={revision}>{t('revision', { revision })}</option>)}
            </select>
          </label>
          <Change before={versions.find(({ revision }, i) => revision === base && i !== shown) ?? versions[shown - 1]} after={versions[shown]} />
        </>
      )}
    </>
  );
}

function Change({ before, after }: { readonly before: ObjectVersion | undefined; readonly after: ObjectVersion }): React.JSX.Element {
  const { t } = useTranslation('inspector');
  const parts = diffLines(textOf(before), textOf(after));
  return (
    <>
      <p className={styles['actions']}>
        {after.messageId > 0 && <Button small look="outlined" onClick={() => void world.seek({ messageId: after.messageId })}>{t('goThere')}</Button>}
        {after.messageId > 0 && <MessageLink id={after.messageId}>{t('whyRevision')}</MessageLink>}
      </p>
      <pre className={styles['diff']} tabIndex={0} aria-label={t('change')} data-testid="history-diff">
        {parts.map((part, i) => <span key={i} data-kind={part.added ? 'added' : part.removed ? 'removed' : undefined}>{part.added || part.removed ? part.value : shortened(part.value)}</span>)}
      </pre>
    </>
  );
}

function textOf(version: ObjectVersion | undefined): string {
  return version?.object ? yamlText(version.object) : '';
}

const CONTEXT_LINES = 2;
/** Long stretches that did not change are folded to their ends. */
function shortened(text: string): string {
  const lines = text.split('\n');
  if (lines.length <= CONTEXT_LINES * 2 + 2) return text;
  return [...lines.slice(0, CONTEXT_LINES), '  ⋯', ...lines.slice(-CONTEXT_LINES - 1)].join('\n');
}
